import type {
  JsonObject,
  KeyValueStore,
  PutOptions,
  StoreCapabilities,
  StoreOptions,
  ValueWithTtl,
  VersionedValue,
} from '../key-value-store.ts';

/** Name of a verb of a store. */
export type Verb = Exclude<keyof KeyValueStore, 'capabilities' | 'close'>;

/** A call on its way to the store below. */
export interface Call {
  readonly verb: Verb;
  /** How many keys it names. */
  readonly keys: number;
  /** The collection that the caller named. */
  readonly collection: string | undefined;
}

/**
 * A store around another one: every verb goes through, and nothing is promised that the store below does not promise.
 * Wrappers override the hooks, or the verbs themselves.
 */
export abstract class WrappedStore implements KeyValueStore {
  /** The store below. */
  protected readonly store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.store = store;
  }

  get capabilities(): StoreCapabilities {
    return this.store.capabilities;
  }

  /** Hook around every call. `run` makes the call; each time that it is run, once more. */
  protected around<T>(_call: Call, run: () => Promise<T>): Promise<T> {
    return run();
  }

  /** Hook for the options of reads and deletes. */
  protected reading(options: StoreOptions | undefined): StoreOptions | undefined {
    return options;
  }

  /** Hook for the options of writes. */
  protected writing(options: PutOptions | undefined): PutOptions | undefined {
    return options;
  }

  async get(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    const within = this.reading(options);
    return this.around(call('get', options), () => this.store.get(key, within));
  }

  async ttl(key: string, options?: StoreOptions): Promise<ValueWithTtl | undefined> {
    const within = this.reading(options);
    return this.around(call('ttl', options), () => this.store.ttl(key, within));
  }

  async put(key: string, value: JsonObject, options?: PutOptions): Promise<void> {
    const within = this.writing(options);
    await this.around(call('put', options), () => this.store.put(key, value, within));
  }

  async delete(key: string, options?: StoreOptions): Promise<boolean> {
    const within = this.reading(options);
    return this.around(call('delete', options), () => this.store.delete(key, within));
  }

  async getMany(keys: readonly string[], options?: StoreOptions): Promise<(JsonObject | undefined)[]> {
    const within = this.reading(options);
    return this.around(call('getMany', options, keys.length), () => this.store.getMany(keys, within));
  }

  async ttlMany(keys: readonly string[], options?: StoreOptions): Promise<(ValueWithTtl | undefined)[]> {
    const within = this.reading(options);
    return this.around(call('ttlMany', options, keys.length), () => this.store.ttlMany(keys, within));
  }

  async putMany(keys: readonly string[], values: readonly JsonObject[], options?: PutOptions): Promise<void> {
    const within = this.writing(options);
    await this.around(call('putMany', options, keys.length), () => this.store.putMany(keys, values, within));
  }

  async deleteMany(keys: readonly string[], options?: StoreOptions): Promise<number> {
    const within = this.reading(options);
    return this.around(call('deleteMany', options, keys.length), () => this.store.deleteMany(keys, within));
  }

  async putIfAbsent(key: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    const within = this.writing(options);
    return this.around(call('putIfAbsent', options), () => this.store.putIfAbsent(key, value, within));
  }

  async take(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    const within = this.reading(options);
    return this.around(call('take', options), () => this.store.take(key, within));
  }

  async getVersioned(key: string, options?: StoreOptions): Promise<VersionedValue | undefined> {
    const within = this.reading(options);
    return this.around(call('getVersioned', options), () => this.store.getVersioned(key, within));
  }

  async compareAndSet(key: string, version: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    const within = this.writing(options);
    return this.around(call('compareAndSet', options), () => this.store.compareAndSet(key, version, value, within));
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

function call(verb: Verb, options: StoreOptions | undefined, keys = 1): Call {
  return { verb, keys, collection: options?.collection };
}
