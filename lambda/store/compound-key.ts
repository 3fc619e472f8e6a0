import { InvalidKeyError } from './errors.ts';
import type { Place } from './local-store.ts';

/**
 * The one name that py-key-value makes of a collection and a key: `{collection}::{key}`.
 *
 * @throws {InvalidKeyError} for a collection with which two different pairs would share a name, as `a` with `b::c` and
 * `a::b` with `c`
 */
export function compoundKey({ collection, key }: Place): string {
  if (collection.endsWith(':') || collection.includes('::')) {
    throw new InvalidKeyError('a collection must neither contain "::" nor end with ":" in this store');
  }
  return `${collection}::${key}`;
}
