/**
 * What a take appends to an entry in place of its closing brace. The entry stays a valid one, for us and for Python: of two
 * members with one name the last counts, so that it has expired long ago.
 */
export const TAKEN = ', "expires_at": "1970-01-01T00:00:00+00:00", "taken": "';
export const TAKEN_END = '"}';

/** Characters of a mark. */
const MARK_LENGTH = 12;
/** Characters, and bytes, of a tombstone's end. */
export const SUFFIX_LENGTH = TAKEN.length + MARK_LENGTH + TAKEN_END.length;

/** What was taken, when this is the tombstone of an entry. */
export function takenEntry(stored: string): string | undefined {
  const head = stored.length - SUFFIX_LENGTH;
  const isTombstone = head > 0 && stored.startsWith(TAKEN, head) && stored.endsWith(TAKEN_END);
  return isTombstone ? `${stored.slice(0, head)}}` : undefined;
}
