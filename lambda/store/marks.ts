import { randomFillSync } from 'node:crypto';

import { StoreUnavailableError } from './errors.ts';

const MARK_BYTES = 9;
/** Random bytes in stock: fetching nine at a time costs more than the rest of a write. */
const stock = Buffer.alloc(MARK_BYTES * 256);
let used = stock.length;

/** Names one write among all, so that a repetition after a lost answer knows its own. */
export function newMark(): string {
  if (used === stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  used += MARK_BYTES;
  return stock.toString('base64url', used - MARK_BYTES, used);
}

/** How many writes of others may come between a write and its repetition. */
const MARKS_KEPT = 8;

/** The marks of a write that replaces a version: its own first, then those of the writes before it. */
export function marksAfter(mark: string, version: string): string {
  if (!version.startsWith('o')) return mark;
  return [mark, ...version.slice(1).split(' ')].slice(0, MARKS_KEPT).join(' ');
}

/**
 * Whether a write over a version was applied, by the marks that the entry bears now.
 *
 * @throws {StoreUnavailableError} when they do not reach back to that version: then nobody can tell
 */
export function appliedAfter(version: string, mark: string, marks: readonly string[]): boolean {
  if (marks.includes(mark)) return true;
  const [base] = version.slice(1).split(' ');
  if (version.startsWith('o') && marks.some((earlier) => earlier === base)) return false;
  throw new StoreUnavailableError(
    'the answer to a compareAndSet was lost, and others have changed the entry since: whether it was applied is not known',
  );
}
