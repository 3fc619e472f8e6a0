import { InvalidKeyError } from './errors.ts';
import type { StoreOptions } from './key-value-store.ts';

/** Where entries go that name no collection, as in py-key-value. */
export const DEFAULT_COLLECTION = 'default_collection';

const HALF_A_PAIR = /\p{Surrogate}/u;

/** Limit of a DynamoDB sort key, in bytes of UTF-8. Every store keeps it, so that a laptop refuses what AWS would. */
const MAX_KEY_BYTES = 1024;
/** Limit of a DynamoDB partition key, in bytes of UTF-8. */
const MAX_COLLECTION_BYTES = 2048;

/**
 * The collection of a call.
 *
 * @throws {InvalidKeyError} when it is empty, too long or not well-formed
 */
export function collectionOf(options: StoreOptions | undefined): string {
  const collection = options?.collection;
  return collection === undefined ? DEFAULT_COLLECTION : checkName(collection, 'collection', MAX_COLLECTION_BYTES);
}

/** @throws {InvalidKeyError} when the key is empty, too long or not well-formed */
export function checkKey(key: string): string {
  return checkName(key, 'key', MAX_KEY_BYTES);
}

/** One name for both: the length keeps `a` + `b:c` apart from `a:b` + `c`. */
export function placeName(collection: string, key: string): string {
  return `${collection.length}:${collection}:${key}`;
}

function checkName(name: unknown, what: string, limit: number): string {
  if (typeof name !== 'string') throw new InvalidKeyError(`a ${what} must be text, not ${typeof name}`);
  if (name === '') throw new InvalidKeyError(`a ${what} must not be empty`);
  // A UTF-16 unit takes at most three bytes of UTF-8: short names need no count.
  if (name.length * 3 > limit) {
    const bytes = Buffer.byteLength(name);
    if (bytes > limit) throw new InvalidKeyError(`a ${what} may have ${limit} bytes; this one has ${bytes}. Hash it`);
  }
  // Half a surrogate pair becomes U+FFFD in UTF-8: two different keys would share one entry.
  if (HALF_A_PAIR.test(name)) throw new InvalidKeyError(`a ${what} must be well-formed Unicode`);
  return name;
}
