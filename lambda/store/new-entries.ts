import type { JsonObject } from './key-value-store.ts';
import { dumpValue, type NewEntry } from './managed-entry.ts';
import { expiryOf } from './ttl.ts';

/**
 * Makes the entries that a store writes. Two of one store never bear the same date, so that a version made of their bytes
 * differs.
 */
export class NewEntries {
  /** Microseconds since 1970: whole ones, as fractions of a millisecond would be rounded to the same date in the end. */
  #last = 0;

  /**
   * @param ttl seconds; absent for an entry that stays
   * @param now milliseconds since 1970
   */
  make(value: JsonObject, ttl: number | undefined, now: number): NewEntry {
    this.#last = Math.max(Math.floor(now * 1000), this.#last + 1);
    return { json: dumpValue(value), createdAt: this.#last / 1000, expiresAt: expiryOf(ttl, now) };
  }
}
