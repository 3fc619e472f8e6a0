import type { JsonObject, KeyValueStore, StoreOptions, ValueWithTtl } from '../key-value-store.ts';
import { KeyedMutex } from '../keyed-mutex.ts';
import { DEFAULT_COLLECTION, placeName } from '../names.ts';

/** A read of the primary store whose result is on its way into the cache. */
export interface Fill {
  /** Whether a write came after it began: what it read may be old. */
  outdated: boolean;
}

export interface CacheSideProps {
  /** Seconds after which the cache has forgotten everything that it holds now. */
  readonly longestTtl: number;
  readonly onFault: (error: unknown) => void;
}

/** Names that are remembered as distrusted; with more, the whole cache is. */
const MAX_DISTRUSTED = 100_000;
/** Milliseconds in which a put that failed may still arrive: longer than any adapter goes on with a call. */
const LATE = 60_000;

/** Why the cache is not believed about an entry. Times are of a clock that only goes forward, in milliseconds. */
interface Distrust {
  readonly since: number;
  /** Until then a put that failed may arrive all the same, and undo whatever has succeeded after it. */
  readonly lateUntil: number;
}

/**
 * The cache of a `PassthroughCache`: none of its faults surfaces, and within this process it never hands out what a write
 * has replaced, neither because a slow read arrives after the write nor because the cache could not be told to forget.
 */
export class CacheSide {
  readonly #cache: KeyValueStore;
  readonly #props: CacheSideProps;
  readonly #fills = new Map<string, Set<Fill>>();
  readonly #mutex = new KeyedMutex();
  /** What the cache may hold although it was replaced, in order of time. */
  readonly #distrusted = new Map<string, Distrust>();
  #allSince = -Infinity;

  constructor(cache: KeyValueStore, props: CacheSideProps) {
    this.#cache = cache;
    this.#props = props;
  }

  async get(keys: readonly string[], options: StoreOptions | undefined): Promise<(JsonObject | undefined)[]> {
    try {
      const [only = ''] = keys;
      const values =
        keys.length === 1 ? [await this.#cache.get(only, options)] : await this.#cache.getMany(keys, options);
      return values.map((value, index) => (this.#isDistrusted(keys[index] ?? '', options) ? undefined : value));
    } catch (error) {
      this.#props.onFault(error);
      return keys.map(() => undefined);
    }
  }

  /** To be called before the primary store is read, and `end` when the result is stored or will not be. */
  begin(key: string, options: StoreOptions | undefined): Fill {
    const fill: Fill = { outdated: false };
    const name = nameOf(key, options);
    const fills = this.#fills.get(name);
    if (fills) fills.add(fill);
    else this.#fills.set(name, new Set([fill]));
    return fill;
  }

  end(fill: Fill, key: string, options: StoreOptions | undefined): void {
    const name = nameOf(key, options);
    const fills = this.#fills.get(name);
    fills?.delete(fill);
    if (fills?.size === 0) this.#fills.delete(name);
  }

  async store(fill: Fill, key: string, { value, ttl }: ValueWithTtl, options: StoreOptions | undefined): Promise<void> {
    const name = nameOf(key, options);
    const stored = await this.#alone(name, async () => {
      if (fill.outdated) return;
      await this.#cache.put(key, value, { ...options, ttl });
      this.#trust(name);
    });
    if (!stored) this.#distrust(name, performance.now() + LATE);
  }

  /** Forgets the keys, and whatever reads of them are under way. */
  async forget(keys: readonly string[], options: StoreOptions | undefined): Promise<void> {
    await Promise.all(
      keys.map(async (key) => {
        const name = nameOf(key, options);
        for (const fill of this.#fills.get(name) ?? []) fill.outdated = true;
        const forgotten = await this.#alone(name, () => this.#cache.delete(key, options));
        if (forgotten) this.#trust(name);
        else this.#distrust(name, this.#distrusted.get(name)?.lateUntil ?? 0);
      }),
    );
  }

  async close(): Promise<void> {
    await this.#cache.close().catch(this.#props.onFault);
  }

  /** @returns whether the cache did it */
  async #alone(name: string, action: () => Promise<unknown>): Promise<boolean> {
    try {
      await this.#mutex.run(name, action);
      return true;
    } catch (error) {
      this.#props.onFault(error);
      return false;
    }
  }

  #isDistrusted(key: string, options: StoreOptions | undefined): boolean {
    if (!this.#isOver(this.#allSince)) return true;
    if (this.#distrusted.size === 0) return false;
    const distrust = this.#distrusted.get(nameOf(key, options));
    return distrust !== undefined && !this.#isOver(distrust.since);
  }

  #trust(name: string): void {
    const distrust = this.#distrusted.get(name);
    if (distrust && distrust.lateUntil <= performance.now()) this.#distrusted.delete(name);
  }

  #distrust(name: string, lateUntil: number): void {
    for (const [old, { since }] of this.#distrusted) {
      if (!this.#isOver(since)) break;
      this.#distrusted.delete(old);
    }
    this.#distrusted.delete(name); // to its end: they are in order of time
    this.#distrusted.set(name, { since: performance.now(), lateUntil });
    if (this.#distrusted.size <= MAX_DISTRUSTED) return;
    this.#distrusted.clear();
    this.#allSince = performance.now();
  }

  /** Whether the cache has forgotten by itself what it held then. */
  #isOver(since: number): boolean {
    return performance.now() - since >= this.#props.longestTtl * 1000;
  }
}

function nameOf(key: string, options: StoreOptions | undefined): string {
  return placeName(options?.collection ?? DEFAULT_COLLECTION, key);
}
