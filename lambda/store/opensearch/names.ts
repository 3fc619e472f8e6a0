import { createHash } from 'node:crypto';

import type { Place } from '../local-store.ts';
import { olderDocumentId, olderIndexName } from './older.ts';

/** Longest `_id` that the server takes, in bytes. */
const MAX_ID_BYTES = 512;
/** Longest name of an index, in bytes. */
const MAX_INDEX_BYTES = 255;
/** Longest sanitized collection of py-key-value. */
const MAX_COLLECTION = 200;
/** `S_` in front, `-` and eight digits of the hash behind. */
const OVERHEAD = 11;
/** What no name of an index may contain. */
const FORBIDDEN = /[\\/*?"<>| ,#:\p{Cc}]/u;
/** What a path has as it is, and what most keys are. */
const PLAIN = /^[\w-]+$/;
const ALLOWED = /[^A-Za-z0-9_.-]+/g;

/** How names of collections and keys become names of indexes and documents. */
export interface NamingRules {
  readonly indexPrefix: string;
  /**
   * How all names are made.
   *
   * @default - only those that the server would refuse are, as with `v1`
   */
  readonly sanitize?: Sanitization | undefined;
}

/** `v1` as py-key-value's strategies of that name, `v0` as py-key-value 0.2. */
export type Sanitization = 'v0' | 'v1';

/**
 * The index of a collection: `{prefix}-{collection}` in lower case, as py-key-value names it. A collection that cannot be
 * the name of an index goes as `OpenSearchV1CollectionSanitizationStrategy` makes it.
 */
export function indexName(collection: string, { indexPrefix, sanitize }: NamingRules): string {
  if (sanitize === 'v0') return olderIndexName(collection, indexPrefix);
  const plain = `${indexPrefix}-${collection}`.toLowerCase();
  if (!sanitize && !FORBIDDEN.test(plain) && Buffer.byteLength(plain) <= MAX_INDEX_BYTES) return plain;
  return `${indexPrefix}-${sanitized(collection)}`.toLowerCase();
}

/**
 * The `_id` of a key: the key itself, as in py-key-value; or, when it is longer than the server takes, its hash as
 * `OpenSearchV1KeySanitizationStrategy` makes it.
 */
export function documentId({ collection, key }: Place, { sanitize }: Pick<NamingRules, 'sanitize'>): string {
  if (sanitize === 'v0') return olderDocumentId(collection, key);
  // A UTF-16 unit takes at most three bytes of UTF-8: short keys need no count.
  if (!sanitize && (key.length * 3 <= MAX_ID_BYTES || Buffer.byteLength(key) <= MAX_ID_BYTES)) return key;
  return sha256(key);
}

/** A path segment that no client, proxy or signature takes for anything else. */
export function segment(name: string): string {
  if (PLAIN.test(name)) return name;
  const encoded = encodeURIComponent(name).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
  return /^\.+$/.test(encoded) ? encoded.replaceAll('.', '%2E') : encoded;
}

function sanitized(collection: string): string {
  // A run of characters that are not allowed becomes one "_"; a name of nothing else becomes empty.
  const replaced = collection.replace(ALLOWED, '_');
  const readable = replaced === '_' && collection !== '_' ? '' : replaced;
  return `S_${readable.slice(0, MAX_COLLECTION - OVERHEAD)}-${sha256(collection).slice(0, 8)}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
