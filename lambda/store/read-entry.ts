import type { StoredEntry } from './local-store.ts';
import type { ManagedEntry } from './managed-entry.ts';

/**
 * An entry whose version is worked out when somebody asks for it: most readers do not.
 *
 * A class, because of an object literal with a getter V8 makes a hidden class for each single object: it outlives what is
 * young and keeps alive what the getter knows, so that every entry that was read stayed until the next full collection.
 */
export class ReadEntry implements StoredEntry {
  readonly entry: ManagedEntry;
  readonly #versionOf: () => string;

  constructor(entry: ManagedEntry, versionOf: () => string) {
    this.entry = entry;
    this.#versionOf = versionOf;
  }

  get version(): string {
    return this.#versionOf();
  }
}
