import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { codeOf, isTemporary, unlinkIfThere, writtenAt } from './files.ts';
import { removeStaleLock } from './lock-file.ts';

export interface SweeperProps {
  /** Milliseconds after which a file that a writer left behind is removed. */
  readonly leftoverAfter: number;
  /** Removes the entry of this file if it has expired; told the path without `.json`. */
  readonly removeExpired: (path: string) => Promise<void>;
}

/** For each write so many names are looked at, … */
const NAMES_PER_WRITE = 4;
/** … not fewer than so many at once, … */
const NAMES_AT_LEAST = 128;
/** … and for each so many writes the folder is listed; less often when it has more names than sixteen times that. */
const WRITES_PER_LIST = 32;
const NAMES_PER_LISTED_WRITE = 16;

/**
 * Clears a folder of what nobody will ask for: expired entries, and files of writers that were killed. A part of it at a
 * time, after writes, so that a folder of any size costs each write about the same.
 */
export class Sweeper {
  readonly #folder: string;
  readonly #props: SweeperProps;
  #writes = WRITES_PER_LIST;
  #due = WRITES_PER_LIST;
  /** The name looked at last. */
  #last: string | undefined;
  #sweeping: Promise<void> | undefined;
  #closed = false;

  constructor(folder: string, props: SweeperProps) {
    this.#folder = folder;
    this.#props = props;
  }

  /** To be told of each write; the first one begins at once. What goes wrong is left for the next time. */
  wrote(): void {
    if (++this.#writes < this.#due || this.#sweeping) return;
    const names = this.#writes * NAMES_PER_WRITE;
    this.#writes = 0;
    this.#sweeping = this.#sweep(Math.max(names, NAMES_AT_LEAST))
      .catch(() => undefined)
      .finally(() => (this.#sweeping = undefined));
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#sweeping ?? Promise.resolve();
  }

  async #sweep(most: number): Promise<void> {
    const entries = await readdir(this.#folder, { withFileTypes: true });
    const names = entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
    this.#due = Math.max(WRITES_PER_LIST, names.length / NAMES_PER_LISTED_WRITE);
    // Each process begins somewhere else: many that live briefly see to all of it.
    const last = this.#last;
    const start =
      last === undefined ? Math.floor(Math.random() * names.length) : names.findIndex((name) => name > last);
    for (let count = 0; count < Math.min(most, names.length) && !this.#closed; count++) {
      const name = names[(Math.max(start, 0) + count) % names.length] ?? '';
      await this.#look(name);
      this.#last = name;
    }
  }

  async #look(name: string): Promise<void> {
    const path = join(this.#folder, name);
    if (name.endsWith('.json')) await this.#props.removeExpired(path.slice(0, -'.json'.length));
    else if (isTemporary(name)) {
      if ((await this.#isOld(path)) && Date.now() - writtenAt(name) > this.#props.leftoverAfter)
        await unlinkIfThere(path);
    } else if (name.endsWith('.lock') && (await this.#isOld(path))) await removeStaleLock(path);
  }

  /** By its last change, a move included: what `take` moves aside keeps the date of its text. */
  async #isOld(path: string): Promise<boolean> {
    try {
      return Date.now() - (await stat(path)).ctimeMs > this.#props.leftoverAfter;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }
}
