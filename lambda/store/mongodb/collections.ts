import type { Collection } from 'mongodb';

import type { Place } from '../local-store.ts';
import { checkCollection } from './collection-name.ts';
import { type Action, Connection, type ConnectionProps } from './connection.ts';
import type { EntryDocument } from './document.ts';
import { makeIndexes } from './indexes.ts';

export type Entries = Collection<EntryDocument>;

/** The collections of one database, each checked for its name, and indexed after the first write to it. */
export class Collections {
  readonly #connection: Connection;
  readonly #database: string;
  readonly #indexed = new Map<string, Promise<void>>();

  constructor(props: ConnectionProps) {
    this.#connection = new Connection(props);
    this.#database = props.database;
  }

  /** The document of one place, by the shortest way. */
  first({ collection, key }: Place): Promise<EntryDocument | undefined> {
    checkCollection(collection, this.#database);
    return this.#connection.run('find', (handle) => handle.first(collection, key));
  }

  /** Bytes of a document as it is sent. */
  sizeOf(document: object): Promise<number> {
    return this.#connection.run('connect', (handle) => Promise.resolve(handle.sizeOf(document)));
  }

  /**
   * Runs what a verb does in the collection of this place.
   *
   * @param call its name in messages; `update` and `findAndModify` are writes
   */
  run<T>(call: string, { collection }: Place, action: (entries: Entries, repeated: boolean) => Promise<T>): Promise<T> {
    checkCollection(collection, this.#database);
    const step: Action<T> = async (handle, repeated) => {
      const entries = handle.entries(collection);
      const result = await action(entries, repeated);
      if (call === 'update' || call === 'findAndModify') this.#index(collection, entries);
      return result;
    };
    return this.#connection.run(call, step);
  }

  async close(): Promise<void> {
    await Promise.all(this.#indexed.values());
    await this.#connection.close();
  }

  /** Once per collection and process, after the first write: nothing waits for it but `close()`. */
  #index(collection: string, entries: Entries): void {
    if (this.#indexed.has(collection)) return;
    this.#indexed.set(
      collection,
      makeIndexes(entries).catch(() => undefined),
    );
  }
}
