import { CorruptEntryError, ItemTooLargeError } from '../errors.ts';
import type { Place } from '../local-store.ts';
import { type ManagedEntry, readEntry, wrapJson } from '../managed-entry.ts';
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

/**
 * The document of an entry, in the bytes of py-key-value, after the marks of our own verbs.
 *
 * @param marks mark of this write, then those that it replaces
 * @throws {ItemTooLargeError} when no server of AWS would take it
 */
export function documentOf({ place, entry }: Write, product: Product, marks?: string): string {
  const json = wrapJson({ ...entry, json: `{"${valueField(product)}": ${entry.json}}` }, place);
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
  const { value, created_at, expires_at, taken, ended } = source;
  return readEntry({
    value: asObject(value)[valueField(product)],
    ...(created_at !== undefined && { created_at }),
    ...(taken === undefined
      ? expires_at !== undefined && { expires_at }
      : (ended ?? null) !== null && { expires_at: ended }),
  });
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
