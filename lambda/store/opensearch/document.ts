import { CorruptEntryError, ItemTooLargeError } from '../errors.ts';
import type { Place } from '../local-store.ts';
import { loadEntry, type ManagedEntry, readEntry, wrapJson } from '../managed-entry.ts';
import { quote } from '../python-json.ts';
import type { Write } from '../remote-store.ts';
import { LIMITS } from './limits.ts';
import { valueField } from './mapping.ts';
import type { Product } from './url.ts';

/** A document of ours, as far as it is looked at. */
export type Source = Readonly<Record<string, unknown>>;

/** A document with what a conditional write needs. */
export interface Found {
  readonly source: Source;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

export interface DocumentForm {
  readonly product: Product;
  /** Mark of this write, then those that it replaces. */
  readonly marks?: string | undefined;
  /** Whether the value goes as the text of its JSON, as in an index of py-key-value 0.2. */
  readonly asText?: boolean;
}

/**
 * The document of an entry, in the bytes of py-key-value, after the marks of our own verbs.
 *
 * @throws {ItemTooLargeError} when no server of AWS would take it
 */
export function documentOf({ place, entry }: Write, { product, marks, asText = false }: DocumentForm): string {
  const value = asText ? quote(entry.json) : `{"${valueField(product)}": ${entry.json}}`;
  const json = wrapJson({ ...entry, json: value }, place);
  const document = marks === undefined ? json : `{"marks": "${marks}", ${json.slice(1)}`;
  // The JSON is ASCII: its length is its size.
  if (document.length > LIMITS.DOCUMENT_BYTES) {
    throw new ItemTooLargeError(document.length, LIMITS.DOCUMENT_BYTES, product);
  }
  return document;
}

/**
 * What a get, or one item of a many-get, found.
 *
 * Names in other spellings may share an index or, by their hash, an `_id`: what belongs to another place is not handed out.
 */
export function foundOf(hit: unknown, { collection, key }: Place): Found | undefined {
  const { found, _source, _seq_no, _primary_term } = asObject(hit);
  if (found !== true) return undefined;
  const source = asObject(_source);
  if (source.collection !== undefined && source.collection !== collection) return undefined;
  if (source.key !== undefined && source.key !== key) return undefined;
  if (typeof _seq_no !== 'number' || typeof _primary_term !== 'number') {
    throw new CorruptEntryError('its document has no sequence number');
  }
  return { source, seqNo: _seq_no, primaryTerm: _primary_term };
}

/**
 * The entry of a document, with the end that it was written with.
 *
 * @throws {CorruptEntryError} when it is not one
 */
export function entryOf(source: Source, product: Product): ManagedEntry {
  const { created_at, taken } = source;
  const ended = source.ended === null ? undefined : source.ended; // a script leaves null where there was nothing
  const expires_at = taken === undefined ? source.expires_at : ended;
  const text = textOf(source.value);
  if (text !== undefined && created_at === undefined && expires_at === undefined && isWhole(text)) {
    return loadEntry(text);
  }
  return readEntry({
    value: text ?? asObject(source.value)[valueField(product)],
    ...(created_at !== undefined && { created_at }),
    ...(expires_at !== undefined && { expires_at }),
  });
}

/** Values that earlier versions of py-key-value wrote: JSON as text, by itself or under `string`. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const { string } = asObject(value);
  return typeof string === 'string' ? string : undefined;
}

const MEMBERS = new Set(['collection', 'created_at', 'expires_at', 'key', 'value', 'version']);

/** Whether the text of a document without dates is the whole entry, dates included, and not its value alone. */
function isWhole(text: string): boolean {
  try {
    const members = Object.keys(asObject(JSON.parse(text)));
    return members.includes('value') && members.every((name) => MEMBERS.has(name));
  } catch {
    return false; // told where it is read
  }
}

/** The mark of the `take` that consumed the entry. */
export function takenBy(source: Source): string | undefined {
  return typeof source.taken === 'string' ? source.taken : undefined;
}

/** Marks of the writes that led here, newest first. Elasticsearch's scripts suffer no member named `op`. */
export function marksOf({ marks }: Source): readonly string[] {
  return typeof marks === 'string' ? marks.split(' ') : [];
}

/** A JSON object, or an empty one for anything else. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
