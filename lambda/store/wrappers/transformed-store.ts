import { LengthMismatchError } from '../errors.ts';
import type { JsonObject, PutOptions, StoreOptions, ValueWithTtl, VersionedValue } from '../key-value-store.ts';
import type { Place } from '../local-store.ts';
import { collectionOf } from '../names.ts';
import { WrappedStore } from './wrapped-store.ts';

/**
 * A store that keeps its values in another form below. Subclasses say how to write one value and how to read it back;
 * every verb that carries a value follows from that. A list is encoded whole before anything of it is written.
 */
export abstract class TransformedStore extends WrappedStore {
  /** What the store below is to hold instead of the value. */
  protected abstract encode(value: JsonObject, place: Place): JsonObject | Promise<JsonObject>;

  /** The value that `encode` was given; `undefined` makes it a miss. */
  protected abstract decode(stored: JsonObject, place: Place): JsonObject | undefined | Promise<JsonObject | undefined>;

  override async get(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    return this.#opened(await super.get(key, options), key, options);
  }

  override async ttl(key: string, options?: StoreOptions): Promise<ValueWithTtl | undefined> {
    return this.#openedTtl(await super.ttl(key, options), key, options);
  }

  override async put(key: string, value: JsonObject, options?: PutOptions): Promise<void> {
    await super.put(key, await this.encode(value, placeOf(key, options)), options);
  }

  override async getMany(keys: readonly string[], options?: StoreOptions): Promise<(JsonObject | undefined)[]> {
    const stored = await super.getMany(keys, options);
    return Promise.all(stored.map((value, index) => this.#opened(value, keys[index] ?? '', options)));
  }

  override async ttlMany(keys: readonly string[], options?: StoreOptions): Promise<(ValueWithTtl | undefined)[]> {
    const stored = await super.ttlMany(keys, options);
    return Promise.all(stored.map((entry, index) => this.#openedTtl(entry, keys[index] ?? '', options)));
  }

  override async putMany(keys: readonly string[], values: readonly JsonObject[], options?: PutOptions): Promise<void> {
    if (keys.length !== values.length) throw new LengthMismatchError(keys.length, values.length);
    const encoded = values.map(async (value, index) => this.encode(value, placeOf(keys[index] ?? '', options)));
    await super.putMany(keys, await Promise.all(encoded), options);
  }

  override async putIfAbsent(key: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    return super.putIfAbsent(key, await this.encode(value, placeOf(key, options)), options);
  }

  override async take(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    return this.#opened(await super.take(key, options), key, options);
  }

  override async getVersioned(key: string, options?: StoreOptions): Promise<VersionedValue | undefined> {
    const stored = await super.getVersioned(key, options);
    const value = await this.#opened(stored?.value, key, options);
    return stored && value && { value, version: stored.version };
  }

  override async compareAndSet(
    key: string,
    version: string,
    value: JsonObject,
    options?: PutOptions,
  ): Promise<boolean> {
    return super.compareAndSet(key, version, await this.encode(value, placeOf(key, options)), options);
  }

  async #opened(
    stored: JsonObject | undefined,
    key: string,
    options: StoreOptions | undefined,
  ): Promise<JsonObject | undefined> {
    return stored && this.decode(stored, placeOf(key, options));
  }

  async #openedTtl(
    stored: ValueWithTtl | undefined,
    key: string,
    options: StoreOptions | undefined,
  ): Promise<ValueWithTtl | undefined> {
    const value = await this.#opened(stored?.value, key, options);
    return stored && value && { value, ttl: stored.ttl };
  }
}

function placeOf(key: string, options: StoreOptions | undefined): Place {
  return { collection: collectionOf(options), key };
}
