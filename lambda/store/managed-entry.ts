import { CorruptEntryError, InvalidValueError } from './errors.ts';
import { formatTimestamp, parseTimestamp } from './iso-time.ts';
import type { JsonObject, ValueWithTtl } from './key-value-store.ts';
import { dumps, quote } from './python-json.ts';

/** A value and its dates: what every store holds, in the JSON of py-key-value 0.4. */
export interface ManagedEntry {
  readonly value: JsonObject;
  /** Milliseconds since 1970, fractions allowed. */
  readonly createdAt?: number;
  /** Milliseconds since 1970, fractions allowed; absent when the entry never expires. */
  readonly expiresAt?: number;
}

/** Names that most backends keep inside the entry, besides using them as its key. FileTreeStore does not. */
export interface EntryNames {
  readonly collection: string;
  readonly key: string;
}

/** An entry about to be written: its value is JSON already, so that a bad value fails before anything is changed. */
export interface NewEntry {
  readonly json: string;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
}

/**
 * The entry as py-key-value 0.4 writes it: names sorted, absent members left out, `version` 1.
 *
 * @throws {InvalidValueError} when the value is not a JSON object
 */
export function dumpEntry({ value, createdAt, expiresAt }: ManagedEntry, names?: EntryNames): string {
  return wrapJson({ json: dumpValue(value), createdAt, expiresAt }, names);
}

/** The same for an entry whose value is JSON already. */
export function wrapJson(entry: Partial<NewEntry> & Pick<NewEntry, 'json'>, names?: EntryNames): string {
  const { json, createdAt, expiresAt } = entry;
  // The members are in the order that sorting gives: collection, created_at, expires_at, key, value, version.
  return (
    '{' +
    (names ? `"collection": ${quote(names.collection)}, ` : '') +
    (createdAt === undefined ? '' : `"created_at": "${formatTimestamp(createdAt)}", `) +
    (expiresAt === undefined ? '' : `"expires_at": "${formatTimestamp(expiresAt)}", `) +
    (names ? `"key": ${quote(names.key)}, ` : '') +
    `"value": ${json}, "version": 1}`
  );
}

/**
 * The JSON of a value alone. Checked at run time too: not every caller is typed.
 *
 * @param dump how it is written
 */
export function dumpValue(value: JsonObject, dump: (value: unknown) => string = dumps): string {
  const candidate: unknown = value;
  if (!isObject(candidate)) throw new InvalidValueError('a value must be a JSON object, not a scalar or a list');
  return dump(candidate);
}

/**
 * Reads the JSON of a value alone.
 *
 * @throws {CorruptEntryError} when it is not an object
 */
export function loadValue(text: string): JsonObject {
  const value = parse(text, 'its value is not JSON');
  if (!isObject(value)) throw new CorruptEntryError('its value is not an object');
  return value as JsonObject;
}

/**
 * Reads what py-key-value wrote: 0.4, and the 0.2 form without `version`. Unknown members are ignored, as Python does.
 *
 * @throws {CorruptEntryError} when it is anything else. A `null` date is: Python rejects it too.
 */
export function loadEntry(text: string): ManagedEntry {
  return readEntry(parse(text, 'not JSON'));
}

/**
 * Reads the same when its JSON is parsed already.
 *
 * @throws {CorruptEntryError} as `loadEntry`
 */
export function readEntry(data: unknown): ManagedEntry {
  if (!isObject(data)) throw new CorruptEntryError('not a JSON object');
  const { value } = data;
  const loaded = typeof value === 'string' ? parse(value, 'its value is text but not JSON') : value;
  if (!isObject(loaded)) throw new CorruptEntryError('its value is not an object');
  return {
    value: loaded as JsonObject,
    createdAt: date(data, 'created_at'),
    expiresAt: date(data, 'expires_at'),
  };
}

/** The value and the seconds that it has left. */
export function withTtl({ value, expiresAt }: ManagedEntry, now: number): ValueWithTtl {
  return { value, ttl: expiresAt === undefined ? undefined : (expiresAt - now) / 1000 };
}

/** Whether readers must take the entry as absent. */
export function isExpired(entry: Pick<ManagedEntry, 'expiresAt'>, now: number): boolean {
  return entry.expiresAt !== undefined && entry.expiresAt <= now;
}

function date(data: Record<string, unknown>, name: string): number | undefined {
  const text = data[name];
  if (text === undefined) return undefined;
  const time = typeof text === 'string' ? parseTimestamp(text) : undefined;
  if (time === undefined) throw new CorruptEntryError(`its ${name} is not an ISO 8601 date with an offset`);
  return time;
}

function parse(text: string, problem: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CorruptEntryError(problem); // without the parser's message: it quotes what is stored
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
