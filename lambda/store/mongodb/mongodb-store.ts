import type { Filter } from 'mongodb';

import type { StoreCapabilities } from '../key-value-store.ts';
import type { Place, StoredEntry } from '../local-store.ts';
import type { ManagedEntry } from '../managed-entry.ts';
import { appliedAfter, marksAfter } from '../marks.ts';
import { RemoteStore, type Removed, type Write } from '../remote-store.ts';
import { inBatches } from './batches.ts';
import { Collections } from './collections.ts';
import type { ConnectionProps } from './connection.ts';
import { type EntryDocument, entryOf, storedOf, updateTo } from './document.ts';
import { BOUNDED, confirmed, insert, live, marksAt, wasWritten } from './entries.ts';
import { Fitting } from './fitting.ts';
import { Puts } from './puts.ts';
import { unchangedByPython } from './unchanged-by-python.ts';

export interface MongoDbStoreProps extends ConnectionProps {
  /**
   * The present, in milliseconds since 1970.
   *
   * @default - the system clock
   */
  readonly now?: () => number;
}

/** How long a consumed entry can still be told to the call that consumed it: longer than any call lasts. */
const TAKEN_KEPT_MS = 60_000;

/**
 * Entries in the collections of one MongoDB database, in the layout of py-key-value's MongoDBStore. Reads are from the
 * primary; a write is acknowledged by the majority, in their journals.
 *
 * The atomic verbs are one conditional write each. An answer may be lost after the write was applied; each write therefore
 * bears a mark, by which its repetition knows it again, whether the server has retryable writes or not.
 */
export class MongoDbStore extends RemoteStore {
  readonly capabilities: StoreCapabilities = {
    putIfAbsent: true,
    take: true,
    compareAndSet: true,
    durable: true,
    shared: true,
  };
  readonly #collections: Collections;
  readonly #fitting: Fitting;
  readonly #puts: Puts;

  constructor(props: MongoDbStoreProps) {
    super(props.now);
    this.#collections = new Collections(props);
    this.#fitting = new Fitting(this.#collections);
    this.#puts = new Puts(this.#collections, this.#fitting);
  }

  protected async read(places: readonly Place[]): Promise<readonly (StoredEntry | undefined)[]> {
    const [only] = places;
    if (only && places.length === 1) {
      const document = await this.#collections.first(only);
      return [document && storedOf(document, this.now())];
    }
    const found = new Map<string, EntryDocument>();
    await inBatches(places, async (batch, first) => {
      const documents = await this.#collections.run('find', first, async (entries) => {
        const filter = { key: { $in: batch.map(({ key }) => key) } };
        return entries.find(filter, { ...BOUNDED, batchSize: batch.length + 1 }).toArray();
      });
      for (const document of documents) {
        // Of two documents of one key the first counts, as for Python.
        if (typeof document.key === 'string' && !found.has(document.key)) found.set(document.key, document);
      }
    });
    const now = this.now();
    return places.map(({ key }) => {
      const document = found.get(key);
      return document && storedOf(document, now);
    });
  }

  protected write(writes: readonly Write[]): Promise<void> {
    return this.#puts.write(writes);
  }

  protected async remove(places: readonly Place[]): Promise<readonly (Removed | undefined)[]> {
    let count = 0;
    await inBatches(places, async (batch, first) => {
      const filter = { key: { $in: batch.map(({ key }) => key) }, ...live(this.now()) };
      const { deletedCount } = await this.#collections.run('delete', first, (entries) =>
        entries.deleteMany(filter, BOUNDED),
      );
      count += deletedCount;
    });
    // The server tells how many, not which; those that have had their time are left to it.
    return places.map((_, index) => (index < count ? 'unreadable' : undefined));
  }

  protected async create(write: Write, mark: string): Promise<boolean> {
    const { key } = write.place;
    return this.#fitting.fit(write, mark, (fields) =>
      this.#collections.run('findAndModify', write.place, async (entries, repeated) => {
        if (repeated && (await wasWritten(entries, key, mark))) return true;
        return insert(entries, key, fields, mark, this.now());
      }),
    );
  }

  /**
   * The document stays for a minute under another key, which bears the mark: a repetition after a lost answer finds it
   * there. For Python it is gone: what it puts under the key again is a new document.
   */
  protected async extract(place: Place, mark: string): Promise<ManagedEntry | undefined> {
    return this.#collections.run('findAndModify', place, async (entries, repeated) => {
      const now = this.now();
      const taken = { key: { taken: mark }, expires_at: new Date(now + TAKEN_KEPT_MS) };
      const filter = { key: place.key, ...live(now) };
      const before = await entries.findOneAndUpdate(filter, { $set: taken }, { ...BOUNDED, returnDocument: 'before' });
      if (before) return entryOf(before);
      if (!repeated) return undefined;
      const own = await entries.findOne({ key: taken.key }, BOUNDED);
      if (!own) return undefined;
      await confirmed(entries);
      return { value: entryOf(own).value }; // it was live when it was taken
    });
  }

  protected async swap(write: Write, version: string, mark: string): Promise<boolean> {
    if (!/^[op]./.test(version)) return false;
    const { key } = write.place;
    return this.#fitting.fit(write, marksAfter(mark, version), (fields) =>
      this.#collections.run('update', write.place, async (entries, repeated) => {
        const same = version.startsWith('o')
          ? { 'value.op': version.slice(1) }
          : await unchangedByPython(entries, key, version);
        if (same) {
          const filter = { key, ...same, ...live(this.now()) } as Filter<EntryDocument>;
          const { matchedCount } = await entries.updateOne(filter, updateTo(fields), BOUNDED);
          if (matchedCount > 0) return true;
        }
        if (!repeated || !appliedAfter(version, mark, await marksAt(entries, key))) return false;
        await confirmed(entries);
        return true;
      }),
    );
  }

  protected disconnect(): Promise<void> {
    return this.#collections.close();
  }
}
