/** A value of JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** What a store holds: always a JSON object, as in py-key-value. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export interface StoreOptions {
  /**
   * Group of keys, as in py-key-value.
   *
   * @default - `default_collection`
   */
  readonly collection?: string;
}

export interface PutOptions extends StoreOptions {
  /**
   * Lifetime in seconds; fractions are allowed, zero and less are not.
   *
   * @default - the entry never expires
   */
  readonly ttl?: number;
}

/** A value with the seconds that it has left; `undefined` when it never expires. */
export interface ValueWithTtl {
  readonly value: JsonObject;
  readonly ttl: number | undefined;
}

/** A value with the mark that `compareAndSet` compares. */
export interface VersionedValue {
  readonly value: JsonObject;
  /** Opaque; differs after every write. */
  readonly version: string;
}

/** What a store can promise. OAuth state refuses a store without the atomic verbs. */
export interface StoreCapabilities {
  /** `putIfAbsent` is atomic across every process that shares the store. */
  readonly putIfAbsent: boolean;
  /** `take` hands an entry to exactly one caller. */
  readonly take: boolean;
  /** `compareAndSet` is atomic. */
  readonly compareAndSet: boolean;
  /** An acknowledged write survives a restart of the server. */
  readonly durable: boolean;
  /** Several instances see the same entries. */
  readonly shared: boolean;
  /**
   * Entries may go before their end, when memory is short: a cache, whatever else it promises.
   *
   * @default false
   */
  readonly evicts?: boolean;
}

/**
 * A key-value store with the verbs of py-key-value 0.4 in camelCase, and what OAuth needs besides.
 *
 * Every reader checks expiry itself: no backend deletes on time. Every verb rejects with a `StoreError`.
 */
export interface KeyValueStore {
  readonly capabilities: StoreCapabilities;
  get(key: string, options?: StoreOptions): Promise<JsonObject | undefined>;
  /** The value and the seconds that it has left. */
  ttl(key: string, options?: StoreOptions): Promise<ValueWithTtl | undefined>;
  put(key: string, value: JsonObject, options?: PutOptions): Promise<void>;
  /** @returns whether the key existed */
  delete(key: string, options?: StoreOptions): Promise<boolean>;
  /** @returns values in the order of the keys */
  getMany(keys: readonly string[], options?: StoreOptions): Promise<(JsonObject | undefined)[]>;
  ttlMany(keys: readonly string[], options?: StoreOptions): Promise<(ValueWithTtl | undefined)[]>;
  /** Writes every pair with the one `ttl`; rejects when the lists differ in length. */
  putMany(keys: readonly string[], values: readonly JsonObject[], options?: PutOptions): Promise<void>;
  /** @returns how many keys existed */
  deleteMany(keys: readonly string[], options?: StoreOptions): Promise<number>;
  /**
   * Writes only when there is no live entry. Survives a lost response: the caller whose write was committed gets `true`.
   *
   * @returns whether this call wrote
   */
  putIfAbsent(key: string, value: JsonObject, options?: PutOptions): Promise<boolean>;
  /** Gets and deletes in one step: of several callers exactly one gets the value, even when its response is lost once. */
  take(key: string, options?: StoreOptions): Promise<JsonObject | undefined>;
  /** The value with the version that `compareAndSet` wants. */
  getVersioned(key: string, options?: StoreOptions): Promise<VersionedValue | undefined>;
  /**
   * Replaces the entry only when it still has this version and has not expired.
   *
   * @returns whether this call wrote
   * @throws {StoreUnavailableError} also when the response was lost and so much was written since that nobody can tell
   */
  compareAndSet(key: string, version: string, value: JsonObject, options?: PutOptions): Promise<boolean>;
  /** Releases connections. The store is unusable afterwards. */
  close(): Promise<void>;
}

/** Opens stores of one kind; a bundle holds only the adapters that its storage needs. */
export interface StoreAdapter {
  /** Schemes of the store URL that it serves, without the colon. */
  readonly schemes: readonly string[];
  /** Opens the store. Connects at the first use, not here. */
  open(url: URL): KeyValueStore;
}
