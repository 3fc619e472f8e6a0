import type { AttributeValue } from '@aws-sdk/client-dynamodb';

import { CorruptEntryError, ItemTooLargeError } from '../errors.ts';
import { loadEntry, type ManagedEntry, type NewEntry, wrapJson } from '../managed-entry.ts';
import type { Place } from '../local-store.ts';

export type Item = Record<string, AttributeValue>;

/** The attributes of an item: first the four of py-key-value's DynamoDBStore, then ours, which it ignores. */
export const ATTRIBUTE = {
  /** Hash key. */
  collection: 'collection',
  /** Range key. */
  key: 'key',
  /** The entry as JSON. */
  value: 'value',
  /** When the entry expires: whole seconds since 1970, rounded down. Absent when it never does. */
  ttl: 'ttl',
  /** Marks of the writes that led here, newest first. */
  op: 'op',
  /** Mark of the `take` that consumed the entry. */
  taken: 'taken',
} as const;

/** Largest item of DynamoDB, names and values together, in bytes. */
const MAX_ITEM_BYTES = 409_600;
/** Room for the marks that the atomic verbs add: an entry that could be put but not taken would be a trap. */
const RESERVED_BYTES = 256;
/** Largest item that the store writes, in bytes. */
export const ITEM_LIMIT = MAX_ITEM_BYTES - RESERVED_BYTES;
const NAME_BYTES = Object.values(ATTRIBUTE).reduce((sum, name) => sum + name.length, 0) - ATTRIBUTE.taken.length;

/** A live row. */
export interface Row {
  readonly entry: ManagedEntry;
  /** What `compareAndSet` compares: the marks where there are any, else the JSON that Python wrote. */
  readonly version: string;
}

/** Seconds since 1970 as `ttl` counts them. */
function ttlOf(expiresAt: number): string {
  return String(Math.floor(expiresAt / 1000));
}

/**
 * The item of an entry.
 *
 * @param marks mark of this write, then those that it replaces
 * @throws {ItemTooLargeError} when DynamoDB would not take it
 */
export function itemOf(place: Place, entry: NewEntry, marks: string): Item {
  const value = wrapJson(entry, place);
  const item: Item = {
    [ATTRIBUTE.collection]: { S: place.collection },
    [ATTRIBUTE.key]: { S: place.key },
    [ATTRIBUTE.value]: { S: value },
    [ATTRIBUTE.op]: { S: marks },
  };
  if (entry.expiresAt !== undefined) item[ATTRIBUTE.ttl] = { N: ttlOf(entry.expiresAt) };
  // A number takes one byte per two digits and one more; the ttl has at most twelve digits. The JSON is ASCII.
  const size =
    NAME_BYTES + Buffer.byteLength(place.collection) + Buffer.byteLength(place.key) + value.length + marks.length + 7;
  if (size > ITEM_LIMIT) throw new ItemTooLargeError(size, ITEM_LIMIT, 'DynamoDB');
  return item;
}

/**
 * What a reader may see of an item: nothing when it was taken or has expired, whether DynamoDB deleted it or not.
 *
 * @throws {CorruptEntryError} when it is live but not an entry
 */
export function liveRow(item: Item | undefined, now: number): Row | undefined {
  if (!item || item[ATTRIBUTE.taken] !== undefined) return undefined;
  const ttl = item[ATTRIBUTE.ttl]?.N;
  if (ttl !== undefined && Number(ttl) * 1000 <= now) return undefined;
  const row = rowOf(item);
  // As in Python: the attribute decides, and the JSON only where there is no attribute.
  return row.entry.expiresAt !== undefined && row.entry.expiresAt <= now ? undefined : row;
}

/** Whether a deleted item counted as an entry, readable or not. */
export function wasLive(item: Item | undefined, now: number): boolean {
  try {
    return liveRow(item, now) !== undefined;
  } catch (error) {
    if (error instanceof CorruptEntryError) return true;
    throw error;
  }
}

/** The row of an item, whatever its age. */
export function rowOf(item: Item): Row {
  const text = item[ATTRIBUTE.value]?.S;
  if (text === undefined) throw new CorruptEntryError('its value attribute is missing or not a string');
  const entry = loadEntry(text);
  const ttl = item[ATTRIBUTE.ttl]?.N;
  const marks = item[ATTRIBUTE.op]?.S;
  return {
    entry: ttl === undefined ? entry : { ...entry, expiresAt: Number(ttl) * 1000 },
    version: marks === undefined ? `v${text}` : `o${marks}`,
  };
}
