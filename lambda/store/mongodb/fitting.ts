import { ItemTooLargeError, StoreRejectedError } from '../errors.ts';
import type { Write } from '../remote-store.ts';
import type { Collections } from './collections.ts';
import { type EntryFields, fieldsOf } from './document.ts';

/** Largest document of MongoDB, in bytes. */
const MAX_DOCUMENT = 16 * 1024 * 1024;
/** Room for what the atomic verbs add: an entry that could be put but not taken would be a trap. */
const DOCUMENT_LIMIT = MAX_DOCUMENT - 4096;
/** JSON shorter than this is never too large as BSON: `0, ` of a list, the worst, grows less than fivefold. */
const SURELY_SMALL = 3_000_000;

/** Makes documents that the server takes. */
export class Fitting {
  readonly #collections: Collections;
  /** Until a server refuses one: names with `$` and dots are kept as they are. */
  #anyNames = true;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /**
   * Writes with the fields of the entry; where the server refuses the names in its value, once more with JSON in its place.
   *
   * @throws {ItemTooLargeError} when MongoDB would not take it
   */
  async fit<T>(write: Write, op: string, action: (fields: EntryFields) => Promise<T>): Promise<T> {
    const { fields, doubtful } = fieldsOf(write, op);
    if (doubtful && !this.#anyNames) return action(await this.#checked(fieldsOf(write, op, true).fields, write));
    try {
      return await action(await this.#checked(fields, write));
    } catch (error) {
      if (!doubtful || !(error instanceof StoreRejectedError)) throw error;
    }
    const result = await action(await this.#checked(fieldsOf(write, op, true).fields, write));
    this.#anyNames = false;
    return result;
  }

  async #checked(fields: EntryFields, { entry, place }: Write): Promise<EntryFields> {
    if (entry.json.length < SURELY_SMALL) return fields;
    const document = { _id: place.key, ...fields };
    const size = await this.#collections.sizeOf(document);
    if (size > DOCUMENT_LIMIT) throw new ItemTooLargeError(size, DOCUMENT_LIMIT, 'MongoDB');
    return fields;
  }
}
