import { InvalidTtlError } from './errors.ts';

/** Python's dates end here. */
const END_OF_TIME = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * When an entry written now expires, in milliseconds since 1970.
 *
 * @param ttl seconds; absent for an entry that stays
 * @param now milliseconds since 1970
 * @throws {InvalidTtlError} for zero, negative, not finite, not a number, or an end after the year 9999
 */
export function expiryOf(ttl: number | undefined, now: number): number | undefined {
  if (ttl === undefined) return undefined;
  const given: unknown = ttl; // a boolean or null would pass the comparisons below
  if (typeof given !== 'number') throw new InvalidTtlError(given, 'is not a number');
  if (!Number.isFinite(ttl)) throw new InvalidTtlError(ttl, 'is not finite');
  if (ttl <= 0) throw new InvalidTtlError(ttl, 'is not positive');
  const expiresAt = now + ttl * 1000;
  if (expiresAt > END_OF_TIME) throw new InvalidTtlError(ttl, 'ends after the year 9999');
  return expiresAt;
}
