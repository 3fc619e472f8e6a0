import type { Collection } from 'mongodb';

import type { EntryDocument } from './document.ts';

/** The names and the lifetime are those of py-key-value, so that neither side stumbles over the other's. */
const BY_KEY = { key: { key: 1 }, name: 'key_1' } as const;
const BY_END = { key: { expires_at: 1 }, name: 'expires_at_1', expireAfterSeconds: 0 } as const;

/** The index exists with other options, or duplicates stand in its way. */
const CONFLICTS = new Set<unknown>([85, 86, 11_000]);

/**
 * Makes the two indexes of a collection, and with them the collection: on the key, and on the end of entries, by which
 * the server removes them. Ours on the key is unique; where py-key-value made the collection, its own stays.
 *
 * They are for speed and tidiness. Nothing in the store rests on them: whoever may not make them gets no error.
 */
export async function makeIndexes(entries: Collection<EntryDocument>): Promise<void> {
  try {
    await entries.createIndexes([{ ...BY_KEY, unique: true }, BY_END]);
  } catch (error) {
    if (!CONFLICTS.has((error as { readonly code?: unknown }).code)) throw error;
    await Promise.allSettled([entries.createIndexes([BY_END]), entries.createIndexes([BY_KEY])]);
  }
}
