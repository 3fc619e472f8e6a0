import { createHash } from 'node:crypto';

import { CorruptEntryError } from '../errors.ts';
import { parseTimestamp } from '../iso-time.ts';
import type { JsonObject } from '../key-value-store.ts';
import type { StoredEntry } from '../local-store.ts';
import { loadEntry, type ManagedEntry, type NewEntry } from '../managed-entry.ts';
import { dumps } from '../python-json.ts';
import { ReadEntry } from '../read-entry.ts';
import type { Write } from '../remote-store.ts';
import { type BsonValue, fromNative, toNative } from './bson-value.ts';

/** What `take` makes of a key: nobody asks for it, and the index on keys finds it. */
export interface TakenKey {
  readonly taken: string;
}

/** The value, in one of two forms, and the marks of the writes that led here: a write of Python's removes them. */
export interface StoredValue {
  /** As py-key-value has it. */
  readonly object?: BsonValue;
  /** JSON, of a value that BSON cannot hold. Python reads no entry then. */
  readonly string?: string;
  readonly op: string;
}

/** A document of py-key-value's MongoDBStore, 0.4 and 0.3. */
export interface EntryDocument {
  /** The key where we inserted the document; an identifier, which the driver chose, where Python did. */
  _id: string;
  key: string | TakenKey;
  collection: string;
  version: number;
  /** Text in 0.2: the whole entry as JSON. */
  value: StoredValue | string;
  created_at: Date;
  expires_at?: Date | string;
}

/** What a write sets in a document, whoever inserted it. */
export type EntryFields = Pick<EntryDocument, 'key' | 'collection' | 'version' | 'value' | 'created_at' | 'expires_at'>;

/** What a write sets, and whether some servers may refuse names in it. */
export interface Fields {
  readonly fields: EntryFields;
  readonly doubtful: boolean;
}

/**
 * What a write sets.
 *
 * @param op marks of the write and of those that it replaces
 * @param asText the value as JSON, whatever it holds
 */
export function fieldsOf({ place, entry }: Write, op: string, asText = false): Fields {
  const native = asText ? undefined : toNative(entry.json);
  const value: StoredValue = native ? { object: native.value, op } : { string: entry.json, op };
  return { fields: { ...place, version: 1, value, ...datesOf(entry) }, doubtful: native?.doubtful ?? false };
}

/** BSON dates have whole milliseconds: an entry ends at most one earlier than it was told to. */
function datesOf({ createdAt, expiresAt }: NewEntry): Pick<EntryDocument, 'created_at' | 'expires_at'> {
  return {
    created_at: new Date(Math.floor(createdAt)),
    ...(expiresAt !== undefined && { expires_at: new Date(Math.floor(expiresAt)) }),
  };
}

/** An update that makes a document this entry. What Python leaves in place, the end of the entry before, goes. */
export function updateTo(fields: EntryFields): { $set: EntryFields; $unset?: { expires_at: true } } {
  return fields.expires_at === undefined ? { $set: fields, $unset: { expires_at: true } } : { $set: fields };
}

/**
 * The entry of a document, with the version that `compareAndSet` compares. An expired one that nobody can read is none.
 *
 * @throws {CorruptEntryError} when it is live but not an entry
 */
export function storedOf(document: EntryDocument, now: number): StoredEntry | undefined {
  let entry: ManagedEntry;
  try {
    entry = entryOf(document);
  } catch (error) {
    if (hasEnded(document, now)) return undefined;
    throw error;
  }
  return new ReadEntry(entry, () => versionOf(document, entry.value));
}

/** @throws {CorruptEntryError} when it is none */
export function entryOf({ value, created_at, expires_at }: EntryDocument): ManagedEntry {
  const held: unknown = value;
  if (typeof held === 'string') return loadEntry(held);
  if (typeof held !== 'object' || held === null) throw new CorruptEntryError('its value is neither document nor text');
  const { object, string } = held as { readonly object?: unknown; readonly string?: unknown };
  const loaded = typeof string === 'string' ? loadEntry(`{"value": ${string}}`).value : fromNative(object);
  return { value: loaded, createdAt: dateOf(created_at, 'created_at'), expiresAt: dateOf(expires_at, 'expires_at') };
}

/** Marks of the writes that led to a document, newest first; none when Python wrote last. */
export function marksOf(document: Pick<EntryDocument, 'value'> | null): readonly string[] {
  const value: unknown = document?.value;
  const op = typeof value === 'object' && value !== null && 'op' in value ? value.op : undefined;
  return typeof op === 'string' ? op.split(' ') : [];
}

/** Whether the entry has had its time, by the dates of the document alone. */
export function hasEnded({ expires_at: end }: Pick<EntryDocument, 'expires_at'>, now: number): boolean {
  const time = end instanceof Date ? end.getTime() : typeof end === 'string' ? parseTimestamp(end) : undefined;
  return time !== undefined && time <= now;
}

/** The version: the marks where we wrote last, else when Python wrote, and what. */
export function versionOf(document: EntryDocument, value: JsonObject): string {
  const marks = marksOf(document);
  if (marks.length > 0) return `o${marks.join(' ')}`;
  const created: unknown = document.created_at;
  const time = created instanceof Date ? created.getTime() : String(created);
  return `p${time} ${createHash('sha256').update(dumps(value)).digest('base64url')}`;
}

function dateOf(date: unknown, name: string): number | undefined {
  if (date === undefined || date === null) return undefined;
  const time = date instanceof Date ? date.getTime() : Number.NaN;
  if (Number.isNaN(time)) throw new CorruptEntryError(`its ${name} is not a date`);
  return time;
}
