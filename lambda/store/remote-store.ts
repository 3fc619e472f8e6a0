import { LengthMismatchError, StoreClosedError } from './errors.ts';
import type {
  JsonObject,
  KeyValueStore,
  PutOptions,
  StoreCapabilities,
  StoreOptions,
  ValueWithTtl,
  VersionedValue,
} from './key-value-store.ts';
import type { Place, StoredEntry } from './local-store.ts';
import { isExpired, type ManagedEntry, type NewEntry, withTtl } from './managed-entry.ts';
import { newMark } from './marks.ts';
import { checkKey, collectionOf } from './names.ts';
import { NewEntries } from './new-entries.ts';

/** An entry about to be written, and where. */
export interface Write {
  readonly place: Place;
  readonly entry: NewEntry;
}

/**
 * The verbs of a store that a server keeps for us. Subclasses say what goes over the wire; names, lifetimes, expiry and
 * the order of lists are settled here, once for all of them.
 *
 * Entries come back as they were read, expired or not: no server deletes on time, and the clock that decides is ours.
 * Faults of the wire must arrive here as `StoreError`s.
 */
export abstract class RemoteStore implements KeyValueStore {
  abstract readonly capabilities: StoreCapabilities;
  /** The present, in milliseconds since 1970. */
  protected readonly now: () => number;
  #closed = false;
  readonly #entries = new NewEntries();

  protected constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** The entries of these places, which differ, in their order; in one round trip where the server allows. */
  protected abstract read(places: readonly Place[]): Promise<readonly (StoredEntry | undefined)[]>;
  /** Writes whole or not at all, each entry for itself; the places differ. */
  protected abstract write(writes: readonly Write[]): Promise<void>;
  /** Removes whatever is there, of places that differ. */
  protected abstract remove(places: readonly Place[]): Promise<readonly (Removed | undefined)[]>;
  /** Writes when there is no entry, or an expired one. @returns whether it wrote, also when the answer was lost once */
  protected abstract create(write: Write, mark: string): Promise<boolean>;
  /** Removes the entry and returns it, to one caller only, also when the answer was lost once. */
  protected abstract extract(place: Place, mark: string): Promise<ManagedEntry | undefined>;
  /** Writes when the entry still has this version and has not expired. @returns whether it wrote */
  protected abstract swap(write: Write, version: string, mark: string): Promise<boolean>;
  /** Releases connections. */
  protected abstract disconnect(): Promise<void>;

  async get(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    return (await this.#live(key, options))?.entry.value;
  }

  async ttl(key: string, options?: StoreOptions): Promise<ValueWithTtl | undefined> {
    const stored = await this.#live(key, options);
    return stored && withTtl(stored.entry, this.now());
  }

  async put(key: string, value: JsonObject, options?: PutOptions): Promise<void> {
    await this.write([this.#write(key, value, options)]);
  }

  async delete(key: string, options?: StoreOptions): Promise<boolean> {
    const [removed] = await this.remove([this.#place(key, options)]);
    return this.#wasLive(removed);
  }

  async getMany(keys: readonly string[], options?: StoreOptions): Promise<(JsonObject | undefined)[]> {
    return (await this.#liveMany(keys, options)).map((stored) => stored?.entry.value);
  }

  async ttlMany(keys: readonly string[], options?: StoreOptions): Promise<(ValueWithTtl | undefined)[]> {
    const now = this.now();
    return (await this.#liveMany(keys, options)).map((stored) => stored && withTtl(stored.entry, now));
  }

  async putMany(keys: readonly string[], values: readonly JsonObject[], options?: PutOptions): Promise<void> {
    if (keys.length !== values.length) throw new LengthMismatchError(keys.length, values.length);
    // A key that comes twice is written once, with its last value: what writing in order would leave.
    const writes = new Map<string, Write>();
    for (const [index, value] of values.entries()) {
      const write = this.#write(keys[index] ?? '', value, options);
      writes.set(write.place.key, write);
    }
    if (writes.size > 0) await this.write([...writes.values()]);
  }

  async deleteMany(keys: readonly string[], options?: StoreOptions): Promise<number> {
    const places = this.#places(keys, options);
    if (places.length === 0) return 0;
    return (await this.remove(places)).filter((removed) => this.#wasLive(removed)).length;
  }

  async putIfAbsent(key: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    return this.create(this.#write(key, value, options), newMark());
  }

  async take(key: string, options?: StoreOptions): Promise<JsonObject | undefined> {
    const now = this.now(); // what was alive when it was asked for is handed out, however long the answer takes
    const entry = await this.extract(this.#place(key, options), newMark());
    return entry && !isExpired(entry, now) ? entry.value : undefined;
  }

  async getVersioned(key: string, options?: StoreOptions): Promise<VersionedValue | undefined> {
    const stored = await this.#live(key, options);
    return stored && { value: stored.entry.value, version: stored.version };
  }

  async compareAndSet(key: string, version: string, value: JsonObject, options?: PutOptions): Promise<boolean> {
    return this.swap(this.#write(key, value, options), version, newMark());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.disconnect();
  }

  #place(key: string, options: StoreOptions | undefined): Place {
    if (this.#closed) throw new StoreClosedError();
    return { collection: collectionOf(options), key: checkKey(key) };
  }

  /** Places that differ, in the order in which they come first. */
  #places(keys: readonly string[], options: StoreOptions | undefined): Place[] {
    return [...new Set(keys)].map((key) => this.#place(key, options));
  }

  #write(key: string, value: JsonObject, options: PutOptions | undefined): Write {
    return { place: this.#place(key, options), entry: this.#entries.make(value, options?.ttl, this.now()) };
  }

  async #live(key: string, options: StoreOptions | undefined): Promise<StoredEntry | undefined> {
    const [stored] = await this.read([this.#place(key, options)]);
    return stored && !isExpired(stored.entry, this.now()) ? stored : undefined;
  }

  /** Callers may change what they are given: a key that is asked for twice gets a copy the second time. */
  async #liveMany(
    keys: readonly string[],
    options: StoreOptions | undefined,
  ): Promise<(Pick<StoredEntry, 'entry'> | undefined)[]> {
    const places = this.#places(keys, options);
    if (places.length === 0) return [];
    const found = await this.read(places);
    const now = this.now();
    const live = new Map(places.map(({ key }, index) => [key, found[index]]));
    const given = new Set<string>();
    return keys.map((key) => {
      const stored = live.get(key);
      if (!stored || isExpired(stored.entry, now)) return undefined;
      if (!given.has(key)) {
        given.add(key);
        return stored;
      }
      return { entry: { ...stored.entry, value: structuredClone(stored.entry.value) } };
    });
  }

  #wasLive(removed: Removed | undefined): boolean {
    return removed !== undefined && (removed === 'unreadable' || !isExpired(removed, this.now()));
  }
}

/** What was removed: when it would have expired, or something that nobody can read, which counts as having existed. */
export type Removed = Pick<ManagedEntry, 'expiresAt'> | 'unreadable';
