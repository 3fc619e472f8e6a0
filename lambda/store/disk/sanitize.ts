import { createHash } from 'node:crypto';

import { InvalidKeyError } from '../errors.ts';

/** `-info.json`, which is appended to the name of a collection. */
const INFO_SUFFIX = 10;
/** `.json`, which is appended to the name of a key. */
const FILE_SUFFIX = 5;
const NAME_MAX = 255;
const PATH_MAX = process.platform === 'darwin' ? 1024 : process.platform === 'win32' ? 260 : 4096;
/** `S_` in front, `-` and eight digits of the hash behind. */
const OVERHEAD = 11;
const ALLOWED = /^[A-Za-z0-9_]*$/;

/**
 * The folder of a collection: `FileTreeV1CollectionSanitizationStrategy` of py-key-value 0.4.
 *
 * @throws {InvalidKeyError} when the name begins with `S_` or `H_`, which mark names that were made
 */
export function folderName(collection: string): string {
  if (/^[SH]_/.test(collection)) throw new InvalidKeyError('a collection on disk must not begin with "S_" or "H_"');
  return hybrid(collection, NAME_MAX - INFO_SUFFIX, 'collection');
}

/** The file of a key, without `.json`: `FileTreeV1KeySanitizationStrategy` of py-key-value 0.4. */
export function fileName(key: string, root: string): string {
  return hybrid(key, Math.min(PATH_MAX - root.length, NAME_MAX - FILE_SUFFIX), 'key');
}

function hybrid(name: string, maxLength: number, what: string): string {
  if (ALLOWED.test(name)) {
    if (name.length <= maxLength) return name;
    // Python cuts such a name without a hash, so that two of them share one file. Losing an entry silently is worse.
    throw new InvalidKeyError(`a ${what} of letters, digits and "_" may have ${maxLength} characters on disk. Hash it`);
  }
  // A run of characters that are not allowed becomes one "_"; a name of nothing else becomes empty.
  const replaced = name.replace(/[^A-Za-z0-9_]+/g, '_');
  const readable = replaced === '_' ? '' : replaced;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `S_${readable.slice(0, maxLength - OVERHEAD)}-${hash}`;
}
