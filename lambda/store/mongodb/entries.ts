import type { Collection, Filter } from 'mongodb';

import { StoreUnavailableError } from '../errors.ts';
import { newMark } from '../marks.ts';
import { type EntryDocument, type EntryFields, hasEnded, marksOf, updateTo } from './document.ts';
import { isDuplicate } from './faults.ts';
import { LIMITS } from './limits.ts';

type Entries = Collection<EntryDocument>;

/** Options of every command. */
export const BOUNDED = { maxTimeMS: LIMITS.SERVER_MS } as const;

/** How often a write starts again because others inserted or removed the document between two steps. */
const ROUNDS = 8;
const MARKS = { _id: 0, 'value.op': 1 } as const;

/** Entries that have not had their time, and such that nobody can tell of. */
export function live(now: number): Filter<EntryDocument> {
  return { expires_at: { $not: { $lte: new Date(now) } } };
}

/**
 * Writes the entry, whatever is there.
 *
 * Python inserts documents with an `_id` of their own and may have made the collection without a unique index on the key:
 * then two inserts of one key could both succeed. Ours bear the key as `_id`, so that of two of ours one fails, and goes on
 * as an update. Where a consumed entry still has that `_id`, its document becomes the new entry.
 */
export async function upsert(entries: Entries, key: string, fields: EntryFields): Promise<void> {
  const update = updateTo(fields);
  await untilSettled(async () => {
    try {
      await entries.updateOne({ key }, { ...update, $setOnInsert: { _id: key } }, { ...BOUNDED, upsert: true });
      return true;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
    const { matchedCount } = await entries.updateOne({ _id: key }, update, BOUNDED);
    return matchedCount > 0 || undefined;
  });
}

/**
 * Writes the entry when there is none, or one that has had its time.
 *
 * @param mark of this write, which is in its fields
 * @returns whether it wrote
 */
export function insert(
  entries: Entries,
  key: string,
  fields: EntryFields,
  mark: string,
  now: number,
): Promise<boolean> {
  const { collection, version, value, created_at, expires_at } = fields;
  const rest = { collection, version, value, created_at, ...(expires_at !== undefined && { expires_at }) };
  const update = updateTo(fields);
  return untilSettled(async () => {
    let before: EntryDocument | null;
    try {
      before = await entries.findOneAndUpdate(
        { key },
        { $setOnInsert: { _id: key, ...rest } },
        {
          ...BOUNDED,
          upsert: true,
          returnDocument: 'before',
          projection: { 'value.op': 1, created_at: 1, expires_at: 1 },
        },
      );
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      // A consumed entry has our _id, or somebody inserts at this moment: the next round tells.
      const consumed = { _id: key, key: { $ne: key } };
      return (await entries.updateOne(consumed, update, BOUNDED)).matchedCount > 0 || undefined;
    }
    if (before === null || marksOf(before).includes(mark)) return true;
    if (!hasEnded(before, now)) return false;
    const { matchedCount } = await entries.updateOne(asItWas(before), update, BOUNDED);
    return matchedCount > 0 || undefined;
  });
}

/** Marks of the writes that led to this key, or to the entry that was consumed from it. */
export async function marksAt(entries: Entries, key: string): Promise<readonly string[]> {
  const found = await entries.find({ $or: [{ key }, { _id: key }] }, { ...BOUNDED, projection: MARKS }).toArray();
  return found.flatMap(marksOf);
}

/**
 * Whether this write led to what is at the key now, and the majority has it. To find its mark is not enough: a server that
 * was cut off from the others shows what it will lose.
 */
export async function wasWritten(entries: Entries, key: string, mark: string): Promise<boolean> {
  if (!(await marksAt(entries, key)).includes(mark)) return false;
  await confirmed(entries);
  return true;
}

/** Waits until the majority has what this server has shown: a write that finds nothing to change waits as any other does. */
export async function confirmed(entries: Entries): Promise<void> {
  await entries.updateOne({ _id: newMark() }, { $unset: { expires_at: true } }, BOUNDED);
}

/** The document, as long as nobody has written to it. */
function asItWas(before: Partial<EntryDocument> & Pick<EntryDocument, 'value'>): Filter<EntryDocument> {
  const op = marksOf(before).join(' ');
  return {
    _id: before._id,
    created_at: before.created_at ?? null, // null: also where there is none
    expires_at: before.expires_at ?? null,
    'value.op': op === '' ? { $exists: false } : op,
  } as Filter<EntryDocument>;
}

/** Repeats the steps until they come to an end. */
async function untilSettled<T>(steps: () => Promise<T | undefined>): Promise<T> {
  for (let round = 0; round < ROUNDS; round++) {
    try {
      const result = await steps();
      if (result !== undefined) return result;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }
  throw new StoreUnavailableError('MongoDB: others wrote to the same key all the time');
}
