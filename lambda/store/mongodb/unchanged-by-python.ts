import type { Collection } from 'mongodb';

import { type EntryDocument, entryOf, versionOf } from './document.ts';
import { BOUNDED } from './entries.ts';

/**
 * A filter for an entry of Python's that still has this version. Python leaves no mark, and its dates repeat within a
 * millisecond: the whole value is compared.
 */
export async function unchangedByPython(
  entries: Collection<EntryDocument>,
  key: string,
  version: string,
): Promise<Record<string, unknown> | undefined> {
  // Numbers as they are stored, so that they are compared as they are stored.
  const options = { ...BOUNDED, promoteValues: false, promoteLongs: false };
  const document = await entries.findOne({ key }, options);
  if (!document || versionOf(document, entryOf(document).value) !== version) return undefined;
  const created = (document as Partial<EntryDocument>).created_at ?? null; // null: also where there is none
  return { value: document.value, created_at: created };
}
