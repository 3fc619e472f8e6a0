import { InvalidKeyError } from '../errors.ts';

/** Longest name of a collection with its database before it, in bytes of UTF-8. */
const MAX_NAMESPACE = 255;

/**
 * Collections of the store are collections of MongoDB, which takes fewer names than others.
 *
 * @throws {InvalidKeyError} when it would not take this one
 */
export function checkCollection(name: string, database: string): void {
  if (/[$\0]/.test(name)) throw new InvalidKeyError('a collection in MongoDB must be without "$" and NUL');
  if (/^\.|\.$|\.\./.test(name)) {
    throw new InvalidKeyError('a collection in MongoDB must not begin or end with a dot, or have two in a row');
  }
  if (name.startsWith('system.')) throw new InvalidKeyError('a collection in MongoDB must not begin with "system."');
  if ((name.length + database.length) * 3 + 1 <= MAX_NAMESPACE) return;
  const bytes = Buffer.byteLength(`${database}.${name}`);
  if (bytes > MAX_NAMESPACE) {
    throw new InvalidKeyError(
      `a collection in MongoDB may have ${MAX_NAMESPACE} bytes together with its database; here are ${bytes}`,
    );
  }
}
