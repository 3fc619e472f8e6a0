import { hash } from 'node:crypto';

import { compoundKey } from '../compound-key.ts';
import { InvalidKeyError } from '../errors.ts';
import type { Place } from '../local-store.ts';

/** What is done with keys that are long, or that the protocol cannot hold. */
export type KeyRule =
  /** A key that the protocol can hold stays as it is; any other is hashed. */
  | 'fit'
  /** As `fit`, and keys of more than 240 characters are hashed: `MemcachedV1KeySanitizationStrategy` of py-key-value. */
  | 'v1'
  /** A key that the protocol cannot hold is refused. */
  | 'raw';

/** Limit of the protocol, in bytes. */
const MAX_BYTES = 250;
/** Limit of py-key-value's strategy, in characters. */
const MAX_V1_CHARACTERS = 240;
/** What Python's client refuses in a key. Blanks and line ends would also let a key say something to the server. */
const FORBIDDEN = /[\s\u0000-\u001f\u007f-\u009f]/u;

/**
 * The key under which memcached holds an entry. A hash cannot be mistaken for another entry's own key: those contain `::`.
 *
 * @throws {InvalidKeyError} under the rule `raw`, when the protocol cannot hold it
 */
export function storedKey(place: Place, rule: KeyRule): string {
  const key = compoundKey(place);
  if (rule === 'v1' && key.length > MAX_V1_CHARACTERS && charactersOf(key) > MAX_V1_CHARACTERS) return hashed(key);
  const fits = (key.length * 3 <= MAX_BYTES || Buffer.byteLength(key) <= MAX_BYTES) && !FORBIDDEN.test(key);
  if (fits) return key;
  if (rule === 'raw') {
    throw new InvalidKeyError(
      `memcached takes ${MAX_BYTES} bytes for collection and key together, without blanks and control characters; ` +
        'leave out sanitize=false to have such keys hashed',
    );
  }
  return hashed(key);
}

function hashed(key: string): string {
  return `H_${hash('sha256', key, 'hex')}`;
}

/** As Python counts: a surrogate pair is one. */
function charactersOf(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff]/g)?.length ?? 0);
}
