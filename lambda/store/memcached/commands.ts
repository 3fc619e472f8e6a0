import { ItemTooLargeError } from '../errors.ts';
import type { Place } from '../local-store.ts';
import { wrapJson } from '../managed-entry.ts';
import type { Write } from '../remote-store.ts';
import { refusal } from './faults.ts';
import type { Reply } from './reply-reader.ts';

/** What the server holds under a key. */
export interface Held {
  readonly text: string;
  /** Changes with every write of the key, until the server restarts. */
  readonly cas: string;
}

/** A number of seconds above this is taken as a time since 1970. */
const MAX_RELATIVE = 30 * 86_400;
/** The server keeps times in 32 bits with a sign. */
const MAX_ABSOLUTE = 2 ** 31 - 1;
/** Keys in one command: a command that is very long would be refused. */
const KEYS_PER_GET = 100;

/** A command that reads keys with their CAS numbers, or several of them, sent together. */
export function getsCommand(keys: readonly string[]): { readonly text: string; readonly count: number } {
  if (keys.length === 1) return { text: `gets ${keys[0] ?? ''}\r\n`, count: 1 };
  let text = '';
  let count = 0;
  for (let from = 0; from < keys.length; from += KEYS_PER_GET, count++) {
    text += `gets ${keys.slice(from, from + KEYS_PER_GET).join(' ')}\r\n`;
  }
  return { text, count };
}

/** A command that stores a text: `set`, `add`, or `cas` with the number that the entry must still have. */
export function storeCommand(verb: 'set' | 'add' | 'cas', key: string, item: Item, cas?: string): string {
  const end = cas === undefined ? '' : ` ${cas}`;
  return `${verb} ${key} 0 ${item.exptime} ${Buffer.byteLength(item.text)}${end}\r\n${item.text}\r\n`;
}

/** The text of an entry, and when the server may forget it. */
export interface Item {
  readonly text: string;
  readonly exptime: number;
}

/**
 * @param mark a name of this very write, to recognize it by; Python ignores it
 * @throws {ItemTooLargeError} when the server would not take it
 */
export function itemOf({ place, entry }: Write, key: string, limit: number, now: number, mark?: string): Item {
  const text = marked(wrapJson(entry, place), mark);
  const size = Buffer.byteLength(text) + Buffer.byteLength(key);
  if (size > limit) throw new ItemTooLargeError(size, limit, 'memcached');
  return { text, exptime: exptimeOf(entry.expiresAt, now) };
}

/** Seconds that the mark of a `take` stays: longer than any of its repetitions. */
const MARK_STAYS = 60;

/** What `take` leaves behind: an entry that has long expired, for every reader, and the name of who took it. */
export function takenItem(place: Place, now: number, mark: string): Item {
  const text = wrapJson({ json: '{}', createdAt: now, expiresAt: 0 }, place);
  return { text: marked(text, mark), exptime: MARK_STAYS };
}

/** Whether this text was written under this mark. */
export function hasMark(text: string, mark: string): boolean {
  return text.endsWith(`, "write": "${mark}"}`);
}

function marked(text: string, mark: string | undefined): string {
  return mark === undefined ? text : `${text.slice(0, -1)}, "write": "${mark}"}`;
}

/**
 * When the server may forget an entry: a second after its end, by when every reader takes it as expired. Seconds from now,
 * or since 1970 where the server would read a number of seconds as that anyway. 0 is never.
 *
 * @param expiresAt milliseconds since 1970
 * @param now milliseconds since 1970
 */
export function exptimeOf(expiresAt: number | undefined, now: number): number {
  if (expiresAt === undefined) return 0;
  const seconds = Math.max(Math.ceil((expiresAt - now) / 1000), 0) + 1;
  if (seconds <= MAX_RELATIVE) return seconds;
  const end = Math.ceil(expiresAt / 1000) + 1;
  return end <= MAX_ABSOLUTE ? end : 0;
}

/** What the replies to `getsCommand` hold, by key. @throws {StoreError} when the server refused */
export function heldOf(replies: readonly Reply[]): Map<string, Held> {
  const held = new Map<string, Held>();
  for (const { line, blocks } of replies) {
    if (line !== 'END') throw refusal(line);
    for (const { words, text } of blocks) held.set(words[1] ?? '', { text, cas: words[4] ?? '' });
  }
  return held;
}

/**
 * Whether the server stored the item.
 *
 * @throws {StoreError} when it refused
 */
export function wasStored(reply: Reply | undefined, item: Item, limit: number): boolean {
  const line = reply?.line ?? '';
  if (line === 'STORED') return true;
  if (line === 'NOT_STORED' || line === 'EXISTS' || line === 'NOT_FOUND') return false;
  if (line.includes('too large')) throw new ItemTooLargeError(Buffer.byteLength(item.text), limit, 'memcached');
  throw refusal(line);
}

/** Whether the server had something to delete. @throws {StoreError} when it refused */
export function wasDeleted(reply: Reply | undefined): boolean {
  const line = reply?.line ?? '';
  if (line !== 'DELETED' && line !== 'NOT_FOUND') throw refusal(line);
  return line === 'DELETED';
}
