import { LengthMismatchError } from '../errors.ts';
import type { JsonObject, KeyValueStore, PutOptions, StoreOptions } from '../key-value-store.ts';
import { mapLimit } from '../map-limit.ts';
import { CacheSide } from './cache-side.ts';
import { Timeout } from './timeout.ts';
import { TtlClamp } from './ttl-clamp.ts';
import { WrappedStore } from './wrapped-store.ts';

/** Times in seconds. */
export interface PassthroughCacheProps {
  /**
   * Longest time that the cache keeps an entry, and with that the longest time that another instance may see what was
   * replaced.
   *
   * @default 1800
   */
  readonly maximumTtl?: number;
  /**
   * How long the cache keeps an entry that never expires.
   *
   * @default 1800
   */
  readonly missingTtl?: number;
  /**
   * How long the cache may take for an answer; after that it counts as a fault.
   *
   * @default 1
   */
  readonly cacheTimeout?: number;
  /**
   * Told about faults of the cache, which callers never see.
   *
   * @default - nobody is told
   */
  readonly onCacheFault?: (error: unknown) => void;
}

const HALF_AN_HOUR = 1800;
const PARALLEL = 16;

/**
 * Reads from a cache what it has, and from the primary store what it has not, as py-key-value's PassthroughCacheWrapper.
 * Writes go to the primary store, and the cache forgets. `ttl`, `getVersioned` and the atomic verbs always ask the primary.
 *
 * Within this process a `get` never returns what a finished write has replaced. Other instances are not told: they may see
 * it for `maximumTtl`, taken and deleted entries too. Not for state that may be revoked.
 */
export class PassthroughCache extends WrappedStore {
  readonly #cache: CacheSide;

  constructor(primary: KeyValueStore, cache: KeyValueStore, props: PassthroughCacheProps = {}) {
    super(primary);
    const { maximumTtl = HALF_AN_HOUR, missingTtl = HALF_AN_HOUR, cacheTimeout = 1, onCacheFault } = props;
    const clamped = new TtlClamp(cache, { minTtl: 0, maxTtl: maximumTtl, missingTtl });
    this.#cache = new CacheSide(new Timeout(clamped, { timeout: cacheTimeout }), {
      longestTtl: Math.max(maximumTtl, missingTtl),
      onFault: (error) => onCacheFault?.(error),
    });
  }

  override async get(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    return (await this.getMany([key], options))[0];
  }

  override async getMany(keys: readonly string[], options?: StoreOptions): Promise<(JsonObject | undefined)[]> {
    const values = await this.#cache.get(keys, options);
    const missing = [...keys.keys()].filter((index) => values[index] === undefined);
    if (missing.length === 0 && keys.length > 0) return values;
    const read = await this.#readThrough(
      missing.map((index) => keys[index] ?? ''),
      options,
    );
    for (const [position, index] of missing.entries()) values[index] = read[position];
    return values;
  }

  override async put(key: string, value: JsonObject, options?: PutOptions): Promise<void> {
    await this.#changing([key], options, () => super.put(key, value, options));
  }

  override async putMany(keys: readonly string[], values: readonly JsonObject[], options?: PutOptions): Promise<void> {
    if (keys.length !== values.length) throw new LengthMismatchError(keys.length, values.length);
    await this.#changing(keys, options, () => super.putMany(keys, values, options));
  }

  override async delete(key: string, options?: StoreOptions): Promise<boolean> {
    return this.#changing([key], options, () => super.delete(key, options));
  }

  override async deleteMany(keys: readonly string[], options?: StoreOptions): Promise<number> {
    return this.#changing(keys, options, () => super.deleteMany(keys, options));
  }

  override async putIfAbsent(key: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    return this.#changing([key], options, () => super.putIfAbsent(key, value, options));
  }

  override async take(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    return this.#changing([key], options, () => super.take(key, options));
  }

  override async compareAndSet(
    key: string,
    version: string,
    value: JsonObject,
    options?: PutOptions,
  ): Promise<boolean> {
    return this.#changing([key], options, () => super.compareAndSet(key, version, value, options));
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), this.#cache.close()]);
  }

  async #readThrough(keys: readonly string[], options: StoreOptions | undefined): Promise<(JsonObject | undefined)[]> {
    const reads = keys.map((key) => ({ key, fill: this.#cache.begin(key, options) }));
    try {
      const [only = ''] = keys;
      const entries = keys.length === 1 ? [await this.ttl(only, options)] : await this.ttlMany(keys, options);
      const found = reads.flatMap((read, index) => {
        const entry = entries[index];
        return entry ? [{ ...read, entry }] : [];
      });
      await mapLimit(found, PARALLEL, ({ fill, key, entry }) => this.#cache.store(fill, key, entry, options));
      return entries.map((entry) => entry?.value);
    } finally {
      for (const { key, fill } of reads) this.#cache.end(fill, key, options);
    }
  }

  /** The cache forgets before, so that a crash in between leaves nothing old, and after, for what came in meanwhile. */
  async #changing<T>(keys: readonly string[], options: StoreOptions | undefined, write: () => Promise<T>): Promise<T> {
    await this.#cache.forget(keys, options);
    try {
      return await write();
    } finally {
      await this.#cache.forget(keys, options); // also after a fault: the write may have been applied
    }
  }
}
