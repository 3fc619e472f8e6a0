import { CorruptEntryError, LengthMismatchError, StoreClosedError } from './errors.ts';
import type {
  JsonObject,
  KeyValueStore,
  PutOptions,
  StoreCapabilities,
  StoreOptions,
  ValueWithTtl,
  VersionedValue,
} from './key-value-store.ts';
import { isExpired, type ManagedEntry, type NewEntry, withTtl } from './managed-entry.ts';
import { mapLimit } from './map-limit.ts';
import { checkKey, collectionOf } from './names.ts';
import { NewEntries } from './new-entries.ts';

/** Where an entry lives. */
export interface Place {
  readonly collection: string;
  readonly key: string;
}

/** An entry as it was read, expired or not. */
export interface StoredEntry {
  readonly entry: ManagedEntry;
  readonly version: string;
}

/** Enough to hide latency, few enough to stay far from the limit of open files. */
const PARALLEL = 16;

/**
 * The verbs of a store whose primitives run in this process, on memory or on files. Subclasses say how to read, write
 * and remove one entry and how to be alone with it; expiry, atomic verbs and lists follow from that.
 */
export abstract class LocalStore implements KeyValueStore {
  abstract readonly capabilities: StoreCapabilities;
  /** The present, in milliseconds since 1970. */
  protected readonly now: () => number;
  #closed = false;
  readonly #entries = new NewEntries();

  protected constructor(now: () => number = Date.now) {
    this.now = now;
  }

  protected abstract read(place: Place): Promise<StoredEntry | undefined>;
  /** Writes whole or not at all. With `create` it never replaces: the answer is whether it wrote. */
  protected abstract write(place: Place, entry: NewEntry, mode: 'create' | 'replace'): Promise<boolean>;
  /** Removes the entry and returns it, to one caller only. */
  protected abstract extract(place: Place): Promise<ManagedEntry | undefined>;
  /** Removes whatever is there, readable or not. */
  protected abstract remove(place: Place): Promise<void>;
  /** Runs the action while nobody else changes the entry. */
  protected abstract exclusively<T>(place: Place, action: () => Promise<T>): Promise<T>;

  async get(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    return (await this.#live(this.#place(key, options)))?.entry.value;
  }

  async ttl(key: string, options?: StoreOptions): Promise<ValueWithTtl | undefined> {
    const stored = await this.#live(this.#place(key, options));
    return stored && withTtl(stored.entry, this.now());
  }

  async put(key: string, value: JsonObject, options?: PutOptions): Promise<void> {
    const place = this.#place(key, options);
    const entry = this.#entry(value, options);
    await this.exclusively(place, () => this.write(place, entry, 'replace'));
  }

  async delete(key: string, options?: StoreOptions): Promise<boolean> {
    const place = this.#place(key, options);
    return this.exclusively(place, async () => {
      const existed = await this.#existsAtAll(place);
      await this.remove(place);
      return existed;
    });
  }

  async getMany(keys: readonly string[], options?: StoreOptions): Promise<(JsonObject | undefined)[]> {
    const places = keys.map((key) => this.#place(key, options));
    return mapLimit(places, PARALLEL, async (place) => (await this.#live(place))?.entry.value);
  }

  async ttlMany(keys: readonly string[], options?: StoreOptions): Promise<(ValueWithTtl | undefined)[]> {
    for (const key of keys) this.#place(key, options);
    return mapLimit(keys, PARALLEL, (key) => this.ttl(key, options));
  }

  async putMany(keys: readonly string[], values: readonly JsonObject[], options?: PutOptions): Promise<void> {
    if (keys.length !== values.length) throw new LengthMismatchError(keys.length, values.length);
    // A key that comes twice is written once, with its last value: what writing in order would leave.
    const writes = new Map<string, NewEntry>();
    for (const [index, value] of values.entries()) {
      writes.set(this.#place(keys[index] ?? '', options).key, this.#entry(value, options));
    }
    const collection = collectionOf(options);
    await mapLimit([...writes], PARALLEL, ([key, entry]) => {
      const place = { collection, key };
      return this.exclusively(place, () => this.write(place, entry, 'replace'));
    });
  }

  async deleteMany(keys: readonly string[], options?: StoreOptions): Promise<number> {
    for (const key of keys) this.#place(key, options);
    const existed = await mapLimit([...new Set(keys)], PARALLEL, (key) => this.delete(key, options));
    return existed.filter(Boolean).length;
  }

  async putIfAbsent(key: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    const place = this.#place(key, options);
    const entry = this.#entry(value, options);
    return this.exclusively(place, async () => {
      const stored = await this.read(place);
      if (stored && !isExpired(stored.entry, this.now())) return false;
      if (stored) await this.remove(place);
      return this.write(place, entry, 'create');
    });
  }

  async take(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    const place = this.#place(key, options);
    return this.exclusively(place, async () => {
      const entry = await this.extract(place);
      return entry && !isExpired(entry, this.now()) ? entry.value : undefined;
    });
  }

  async getVersioned(key: string, options?: StoreOptions): Promise<VersionedValue | undefined> {
    const stored = await this.#live(this.#place(key, options));
    return stored && { value: stored.entry.value, version: stored.version };
  }

  async compareAndSet(key: string, version: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    const place = this.#place(key, options);
    const entry = this.#entry(value, options);
    return this.exclusively(place, async () => {
      const stored = await this.read(place);
      if (!stored || stored.version !== version || isExpired(stored.entry, this.now())) return false;
      return this.write(place, entry, 'replace');
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #place(key: string, options: StoreOptions | undefined): Place {
    if (this.#closed) throw new StoreClosedError();
    return { collection: collectionOf(options), key: checkKey(key) };
  }

  #entry(value: JsonObject, options: PutOptions | undefined): NewEntry {
    return this.#entries.make(value, options?.ttl, this.now());
  }

  /** What readers may see. An expired entry is cleared away on the occasion, unless somebody has just replaced it. */
  async #live(place: Place): Promise<StoredEntry | undefined> {
    const stored = await this.read(place);
    if (!stored || !isExpired(stored.entry, this.now())) return stored;
    await this.clearExpired(place).catch(() => undefined); // the answer does not depend on it
    return undefined;
  }

  protected clearExpired(place: Place): Promise<void> {
    return this.exclusively(place, async () => {
      const stored = await this.read(place);
      if (stored && isExpired(stored.entry, this.now())) await this.remove(place);
    });
  }

  async #existsAtAll(place: Place): Promise<boolean> {
    try {
      const stored = await this.read(place);
      return stored !== undefined && !isExpired(stored.entry, this.now());
    } catch (error) {
      if (error instanceof CorruptEntryError) return true; // deleting is how one gets rid of it
      throw error;
    }
  }
}
