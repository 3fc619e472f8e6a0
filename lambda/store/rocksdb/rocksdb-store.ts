import { hash } from 'node:crypto';
import { resolve } from 'node:path';

import { compoundKey } from '../compound-key.ts';
import { CorruptEntryError } from '../errors.ts';
import type { StoreCapabilities } from '../key-value-store.ts';
import { KeyedMutex } from '../keyed-mutex.ts';
import { LocalStore, type Place, type StoredEntry } from '../local-store.ts';
import { isExpired, loadEntry, type ManagedEntry, type NewEntry, wrapJson } from '../managed-entry.ts';
import { ReadEntry } from '../read-entry.ts';
import { Database } from './database.ts';

export interface RocksDbStoreProps {
  /** Folder of the database; made when it is missing. */
  readonly directory: string;
  /**
   * Whether a write waits until the disk has it. Without, an acknowledged write survives the end of the process, but not
   * that of the machine.
   *
   * @default true
   */
  readonly sync?: boolean;
  /**
   * The present, in milliseconds since 1970.
   *
   * @default - the system clock
   */
  readonly now?: () => number;
}

/** rocksdict writes the type of a key and of a value before it: 2 for text, 1 for bytes. */
const TEXT = '\u0002';
const BYTES = '\u0001';
const AFTER_TEXT = '\u0003';

/** After so many writes … */
const WRITES_PER_SWEEP = 64;
/** … so many entries are looked at, and those that have expired removed: four for each write. */
const ENTRIES_PER_SWEEP = 256;

/**
 * Entries in a folder of RocksDB, in the layout of py-key-value's RocksDBStore: `{collection}::{key}` → JSON. RocksDB is for
 * one process at a time, so the atomic verbs need to exclude only what runs in this process.
 */
export class RocksDbStore extends LocalStore {
  readonly capabilities: StoreCapabilities;
  readonly #database: Database;
  readonly #mutex = new KeyedMutex();
  #writes = 0;
  #sweptUpTo = TEXT;
  #sweep: Promise<void> | undefined;

  constructor(props: RocksDbStoreProps) {
    super(props.now);
    const { sync = true } = props;
    this.capabilities = { putIfAbsent: true, take: true, compareAndSet: true, durable: sync, shared: false };
    this.#database = new Database(resolve(props.directory), sync);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#sweep;
    await this.#database.close();
  }

  protected async read(place: Place): Promise<StoredEntry | undefined> {
    const text = await this.#database.read(nameOf(place));
    if (text === undefined) return undefined;
    return new ReadEntry(entryOf(text), () => hash('sha256', text, 'base64url'));
  }

  protected async write(place: Place, entry: NewEntry): Promise<boolean> {
    const value = BYTES + wrapJson(entry, place);
    await this.#database.write({ type: 'put', key: nameOf(place), value });
    if (++this.#writes % WRITES_PER_SWEEP === 0) this.#sweep ??= this.#sweepSome();
    return true;
  }

  protected async extract(place: Place): Promise<ManagedEntry | undefined> {
    const stored = await this.read(place);
    if (stored) await this.remove(place);
    return stored?.entry;
  }

  protected async remove(place: Place): Promise<void> {
    await this.#database.write({ type: 'del', key: nameOf(place) });
  }

  protected exclusively<T>(place: Place, action: () => Promise<T>): Promise<T> {
    return this.#mutex.run(nameOf(place), action);
  }

  /** Goes on where the last one ended, and begins anew at the end. What goes wrong is told to whoever uses the store next. */
  async #sweepSome(): Promise<void> {
    try {
      const range = { gt: this.#sweptUpTo, lt: AFTER_TEXT, limit: ENTRIES_PER_SWEEP };
      const entries = await this.#database.range(range);
      const expired = entries.filter(([, text]) => this.#hasExpired(text));
      // All at once: they are removed in one commit.
      await Promise.all(expired.map(([name]) => this.#mutex.run(name, () => this.#removeExpired(name))));
      this.#sweptUpTo = entries.length < ENTRIES_PER_SWEEP ? TEXT : (entries.at(-1)?.[0] ?? TEXT);
    } catch {
      this.#sweptUpTo = TEXT;
    } finally {
      this.#sweep = undefined;
    }
  }

  async #removeExpired(name: string): Promise<void> {
    const text = await this.#database.read(name);
    if (text !== undefined && this.#hasExpired(text)) await this.#database.write({ type: 'del', key: name });
  }

  #hasExpired(text: string): boolean {
    try {
      return isExpired(entryOf(text), this.now());
    } catch {
      return false; // not an entry: not ours to remove
    }
  }
}

function nameOf(place: Place): string {
  return TEXT + compoundKey(place);
}

function entryOf(text: string): ManagedEntry {
  if (!text.startsWith(BYTES)) throw new CorruptEntryError('not the bytes that py-key-value stores');
  return loadEntry(text.slice(1));
}
