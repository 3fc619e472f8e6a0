import type { Collection, Filter } from 'mongodb';

import { ItemTooLargeError, StoreRejectedError } from '../errors.ts';
import type { StoreCapabilities } from '../key-value-store.ts';
import type { Place, StoredEntry } from '../local-store.ts';
import type { ManagedEntry } from '../managed-entry.ts';
import { mapLimit } from '../map-limit.ts';
import { appliedAfter, marksAfter, newMark } from '../marks.ts';
import { RemoteStore, type Removed, type Write } from '../remote-store.ts';
import { type Action, Connection, type ConnectionProps } from './connection.ts';
import {
  type EntryDocument,
  type EntryFields,
  entryOf,
  fieldsOf,
  marksOf,
  storedOf,
  updateTo,
  versionOf,
} from './document.ts';
import { checkCollection } from './collection-name.ts';
import { BOUNDED, confirmed, insert, live, marksAt, upsert, wasWritten } from './entries.ts';
import { failedWrites } from './faults.ts';
import { makeIndexes } from './indexes.ts';

export interface MongoDbStoreProps extends ConnectionProps {
  /**
   * The present, in milliseconds since 1970.
   *
   * @default - the system clock
   */
  readonly now?: () => number;
}

type Entries = Collection<EntryDocument>;
interface MarkedWrite extends Write {
  readonly mark: string;
}

/** Largest document of MongoDB, in bytes. */
const MAX_DOCUMENT = 16 * 1024 * 1024;
/** Room for what the atomic verbs add: an entry that could be put but not taken would be a trap. */
const DOCUMENT_LIMIT = MAX_DOCUMENT - 4096;
/** JSON shorter than this is never too large as BSON: `0, ` of a list, the worst, grows less than fivefold. */
const SURELY_SMALL = 3_000_000;
/** Keys or entries in one command. */
const BATCH = 1000;
/** Writes by themselves under way at a time. */
const PARALLEL = 8;
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
  readonly #connection: Connection;
  readonly #database: string;
  readonly #indexed = new Map<string, Promise<void>>();
  /** Until a server refuses one: names with `$` and dots are kept as they are. */
  #anyNames = true;

  constructor(props: MongoDbStoreProps) {
    super(props.now);
    this.#connection = new Connection(props);
    this.#database = props.database;
  }

  protected async read(places: readonly Place[]): Promise<readonly (StoredEntry | undefined)[]> {
    const [only] = places;
    if (only && places.length === 1) {
      checkCollection(only.collection, this.#database);
      const document = await this.#connection.run('find', (handle) => handle.first(only.collection, only.key));
      return [document && storedOf(document, this.now())];
    }
    const found = new Map<string, EntryDocument>();
    await inBatches(places, async (batch, first) => {
      const documents = await this.#run('find', first, async (entries) => {
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

  protected async write(writes: readonly Write[]): Promise<void> {
    const marked = writes.map((write) => ({ ...write, mark: newMark() }));
    await inBatches(marked, async (batch, first) => {
      if (batch.length === 1) return this.#put(first);
      const single = await this.#putBatch(batch, first.place);
      await mapLimit(single, PARALLEL, (write) => this.#put(write));
      return undefined;
    });
  }

  protected async remove(places: readonly Place[]): Promise<readonly (Removed | undefined)[]> {
    let count = 0;
    await inBatches(places, async (batch, first) => {
      const filter = { key: { $in: batch.map(({ key }) => key) }, ...live(this.now()) };
      const { deletedCount } = await this.#run('delete', first, (entries) => entries.deleteMany(filter, BOUNDED));
      count += deletedCount;
    });
    // The server tells how many, not which; those that have had their time are left to it.
    return places.map((_, index) => (index < count ? 'unreadable' : undefined));
  }

  protected async create(write: Write, mark: string): Promise<boolean> {
    const { key } = write.place;
    return this.#fit(write, mark, (fields) =>
      this.#run('findAndModify', write.place, async (entries, repeated) => {
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
    return this.#run('findAndModify', place, async (entries, repeated) => {
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
    return this.#fit(write, marksAfter(mark, version), (fields) =>
      this.#run('update', write.place, async (entries, repeated) => {
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

  protected async disconnect(): Promise<void> {
    await Promise.all(this.#indexed.values());
    await this.#connection.close();
  }

  async #put(write: MarkedWrite): Promise<void> {
    const { key } = write.place;
    await this.#fit(write, write.mark, (fields) =>
      this.#run('update', write.place, async (entries, repeated) => {
        // What was consumed or changed since must stay so.
        if (repeated && (await wasWritten(entries, key, write.mark))) return;
        await upsert(entries, key, fields);
      }),
    );
  }

  /** @returns those that must be written by themselves: another insert came first, or their names are refused */
  async #putBatch(batch: readonly MarkedWrite[], place: Place): Promise<readonly MarkedWrite[]> {
    const prepared = await Promise.all(
      batch.map((write) => this.#fit(write, write.mark, (fields) => Promise.resolve({ write, fields }))),
    );
    return this.#run('update', place, async (entries, repeated) => {
      const done = repeated ? await marksOfMany(entries, batch) : new Set();
      const rest = prepared.filter(({ write }) => !done.has(write.mark));
      const updates = rest.map(({ write, fields }) => ({
        updateOne: {
          filter: { key: fields.key },
          update: { ...updateTo(fields), $setOnInsert: { _id: write.place.key } },
          upsert: true,
        },
      }));
      try {
        if (updates.length > 0) await entries.bulkWrite(updates, { ...BOUNDED, ordered: false });
        else await confirmed(entries);
        return [];
      } catch (error) {
        const failed = failedWrites(error);
        if (!failed) throw error;
        return failed.flatMap((index) => rest[index]?.write ?? []);
      }
    });
  }

  /**
   * Writes with the fields of the entry; where the server refuses the names in its value, once more with JSON in its place.
   *
   * @throws {ItemTooLargeError} when MongoDB would not take it
   */
  async #fit<T>(write: Write, op: string, action: (fields: EntryFields) => Promise<T>): Promise<T> {
    const { fields, doubtful } = fieldsOf(write, op);
    if (doubtful && !this.#anyNames) return action(await this.#checked(fieldsOf(write, op, true).fields, write));
    try {
      return await action(await this.#checked(fields, write));
    } catch (error) {
      if (!doubtful || !(error instanceof StoreRejectedError)) throw error;
    }
    const result = await action(await this.#checked(fieldsOf(write, op, true).fields, write));
    this.#anyNames = false;
    return result;
  }

  async #checked(fields: EntryFields, { entry, place }: Write): Promise<EntryFields> {
    if (entry.json.length < SURELY_SMALL) return fields;
    const document = { _id: place.key, ...fields };
    const size = await this.#connection.run('connect', (handle) => Promise.resolve(handle.sizeOf(document)));
    if (size > DOCUMENT_LIMIT) throw new ItemTooLargeError(size, DOCUMENT_LIMIT, 'MongoDB');
    return fields;
  }

  #run<T>(
    call: string,
    { collection }: Place,
    action: (entries: Entries, repeated: boolean) => Promise<T>,
  ): Promise<T> {
    checkCollection(collection, this.#database);
    const step: Action<T> = async (handle, repeated) => {
      const entries = handle.entries(collection);
      const result = await action(entries, repeated);
      if (call === 'update' || call === 'findAndModify') this.#index(collection, entries);
      return result;
    };
    return this.#connection.run(call, step);
  }

  /** Once per collection and process, after the first write: nothing waits for it but `close()`. */
  #index(collection: string, entries: Entries): void {
    if (this.#indexed.has(collection)) return;
    this.#indexed.set(
      collection,
      makeIndexes(entries).catch(() => undefined),
    );
  }
}

/** All are of one collection, as the verbs give them. */
async function inBatches<T>(
  list: readonly T[],
  action: (batch: readonly T[], first: T) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < list.length; start += BATCH) {
    const batch = list.slice(start, start + BATCH);
    const [first] = batch;
    if (first !== undefined) await action(batch, first);
  }
}

async function marksOfMany(entries: Entries, writes: readonly Write[]): Promise<ReadonlySet<string>> {
  const keys = writes.map(({ place }) => place.key);
  const filter = { $or: [{ key: { $in: keys } }, { _id: { $in: keys } }] };
  const found = entries.find(filter, { ...BOUNDED, projection: { 'value.op': 1 }, batchSize: 2 * keys.length + 1 });
  return new Set((await found.toArray()).flatMap(marksOf));
}

/** Python leaves no mark, and its dates repeat within a millisecond: the whole value is compared. */
async function unchangedByPython(
  entries: Entries,
  key: string,
  version: string,
): Promise<Record<string, unknown> | undefined> {
  // Numbers as they are stored, so that they are compared as they are stored.
  const options = { ...BOUNDED, promoteValues: false, promoteLongs: false };
  const document = await entries.findOne({ key }, options);
  if (!document || versionOf(document, entryOf(document).value) !== version) return undefined;
  const created = (document as Partial<EntryDocument>).created_at ?? null; // null: also where there is none
  return { value: document.value, created_at: created };
}
