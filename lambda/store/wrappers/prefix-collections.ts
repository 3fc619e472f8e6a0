import { InvalidKeyError } from '../errors.ts';
import type {
  JsonObject,
  KeyValueStore,
  PutOptions,
  StoreCapabilities,
  StoreOptions,
  ValueWithTtl,
  VersionedValue,
} from '../key-value-store.ts';
import { DEFAULT_COLLECTION } from '../names.ts';

export interface PrefixCollectionsProps {
  /** Goes in front of every collection, with `__` between. */
  readonly prefix: string;
  /**
   * Collection of calls that name none. It is prefixed too.
   *
   * @default - `default_collection`
   */
  readonly defaultCollection?: string;
}

/**
 * Gives one user of a shared store collections of its own: `{prefix}__{collection}`, as py-key-value's
 * PrefixCollectionsWrapper. The IAM condition on leading keys rests on the same prefix.
 */
export class PrefixCollections implements KeyValueStore {
  readonly #store: KeyValueStore;
  readonly #prefix: string;
  readonly #defaultCollection: string;

  constructor(store: KeyValueStore, props: PrefixCollectionsProps) {
    if (props.prefix === '') throw new InvalidKeyError('the prefix of collections must not be empty');
    this.#store = store;
    this.#prefix = props.prefix;
    this.#defaultCollection = props.defaultCollection ?? DEFAULT_COLLECTION;
  }

  get capabilities(): StoreCapabilities {
    return this.#store.capabilities;
  }

  async get(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    return this.#store.get(key, this.#within(options));
  }

  async ttl(key: string, options?: StoreOptions): Promise<ValueWithTtl | undefined> {
    return this.#store.ttl(key, this.#within(options));
  }

  async put(key: string, value: JsonObject, options?: PutOptions): Promise<void> {
    await this.#store.put(key, value, this.#within(options));
  }

  async delete(key: string, options?: StoreOptions): Promise<boolean> {
    return this.#store.delete(key, this.#within(options));
  }

  async getMany(keys: readonly string[], options?: StoreOptions): Promise<(JsonObject | undefined)[]> {
    return this.#store.getMany(keys, this.#within(options));
  }

  async ttlMany(keys: readonly string[], options?: StoreOptions): Promise<(ValueWithTtl | undefined)[]> {
    return this.#store.ttlMany(keys, this.#within(options));
  }

  async putMany(keys: readonly string[], values: readonly JsonObject[], options?: PutOptions): Promise<void> {
    await this.#store.putMany(keys, values, this.#within(options));
  }

  async deleteMany(keys: readonly string[], options?: StoreOptions): Promise<number> {
    return this.#store.deleteMany(keys, this.#within(options));
  }

  async putIfAbsent(key: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    return this.#store.putIfAbsent(key, value, this.#within(options));
  }

  async take(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    return this.#store.take(key, this.#within(options));
  }

  async getVersioned(key: string, options?: StoreOptions): Promise<VersionedValue | undefined> {
    return this.#store.getVersioned(key, this.#within(options));
  }

  async compareAndSet(key: string, version: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    return this.#store.compareAndSet(key, version, value, this.#within(options));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #within<O extends StoreOptions>(options: O | undefined): O & { readonly collection: string } {
    const collection = options?.collection ?? this.#defaultCollection;
    // With the prefix it would no longer be empty, and pass.
    if (collection === '') throw new InvalidKeyError('a collection must not be empty');
    return { ...options, collection: `${this.#prefix}__${collection}` } as O & { readonly collection: string };
  }
}
