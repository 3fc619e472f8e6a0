import { hash } from 'node:crypto';

import { CorruptEntryError } from '../errors.ts';
import type { StoredEntry } from '../local-store.ts';
import { loadEntry } from '../managed-entry.ts';
import { ReadEntry } from '../read-entry.ts';
import type { Removed } from '../remote-store.ts';
import { getsCommand, type Held, heldOf } from './commands.ts';
import type { Node } from './node.ts';

/** What a node holds under these keys, in one round trip. */
export async function gets(node: Node, keys: readonly string[]): Promise<Map<string, Held>> {
  const { text, count } = getsCommand(keys);
  return heldOf(await node.call(text, count));
}

/** @throws {CorruptEntryError} when it is no entry */
export function storedEntry(held: Held | undefined): StoredEntry | undefined {
  if (!held) return undefined;
  const entry = loadEntry(held.text);
  return new ReadEntry(entry, () => versionOf(held));
}

/** CAS numbers begin anew when the server restarts; with the text they name one write among all. */
export function versionOf({ text, cas }: Held): string {
  return `${cas}-${hash('sha256', text, 'base64url')}`;
}

/** What was deleted, by what was there just before. */
export function removedOf(held: Held | undefined): Removed {
  if (!held) return {}; // put between the two commands
  try {
    return loadEntry(held.text);
  } catch (error) {
    if (error instanceof CorruptEntryError) return 'unreadable';
    throw error;
  }
}
