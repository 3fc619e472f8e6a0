import type { JsonObject, StoreCapabilities } from '../key-value-store.ts';
import { KeyedMutex } from '../keyed-mutex.ts';
import { LocalStore, type Place, type StoredEntry } from '../local-store.ts';
import type { ManagedEntry, NewEntry } from '../managed-entry.ts';
import { placeName } from '../names.ts';

export interface MemoryStoreProps {
  /**
   * How many entries the store holds; the one unused for longest makes room.
   *
   * @default - 10000, as py-key-value's MemoryStore
   */
  readonly maxEntries?: number;
  /**
   * The present, in milliseconds since 1970.
   *
   * @default - the system clock
   */
  readonly now?: () => number;
}

interface Kept extends NewEntry {
  readonly version: string;
}

/** Entries in the memory of this process, as JSON text: no caller can change what is stored by changing an object. */
export class MemoryStore extends LocalStore {
  readonly capabilities: StoreCapabilities = {
    putIfAbsent: true,
    take: true,
    compareAndSet: true,
    durable: false,
    shared: false,
  };
  readonly #maxEntries: number;
  /** In order of use: the first one is the next to go. */
  readonly #entries = new Map<string, Kept>();
  readonly #mutex = new KeyedMutex();
  #writes = 0;

  constructor(props: MemoryStoreProps = {}) {
    super(props.now);
    this.#maxEntries = props.maxEntries ?? 10_000;
    if (!Number.isInteger(this.#maxEntries) || this.#maxEntries < 1) {
      throw new RangeError(`maxEntries must be a whole number of 1 or more, not ${this.#maxEntries}`);
    }
  }

  override close(): Promise<void> {
    this.#entries.clear();
    return super.close();
  }

  protected read(place: Place): Promise<StoredEntry | undefined> {
    const name = nameOf(place);
    const kept = this.#entries.get(name);
    if (!kept) return Promise.resolve(undefined);
    this.#entries.delete(name);
    this.#entries.set(name, kept);
    return Promise.resolve({ entry: entryOf(kept), version: kept.version });
  }

  protected write(place: Place, entry: NewEntry, mode: 'create' | 'replace'): Promise<boolean> {
    const name = nameOf(place);
    if (mode === 'create' && this.#entries.has(name)) return Promise.resolve(false);
    this.#entries.delete(name);
    this.#entries.set(name, { ...entry, version: String(++this.#writes) });
    if (this.#entries.size > this.#maxEntries) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return Promise.resolve(true);
  }

  protected extract(place: Place): Promise<ManagedEntry | undefined> {
    const name = nameOf(place);
    const kept = this.#entries.get(name);
    this.#entries.delete(name);
    return Promise.resolve(kept && entryOf(kept));
  }

  protected remove(place: Place): Promise<void> {
    this.#entries.delete(nameOf(place));
    return Promise.resolve();
  }

  protected exclusively<T>(place: Place, action: () => Promise<T>): Promise<T> {
    return this.#mutex.run(nameOf(place), action);
  }
}

function nameOf({ collection, key }: Place): string {
  return placeName(collection, key);
}

function entryOf({ json, createdAt, expiresAt }: Kept): ManagedEntry {
  return { value: JSON.parse(json) as JsonObject, createdAt, expiresAt };
}
