import { hash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';

import { CorruptEntryError, StoreRejectedError } from '../errors.ts';
import { formatTimestamp } from '../iso-time.ts';
import type { StoreCapabilities } from '../key-value-store.ts';
import { KeyedMutex } from '../keyed-mutex.ts';
import { LocalStore, type Place, type StoredEntry } from '../local-store.ts';
import { isExpired, loadEntry, type ManagedEntry, type NewEntry, wrapJson } from '../managed-entry.ts';
import { dumps } from '../python-json.ts';
import { codeOf, diskFault, readText, syncFolder, takeText, unlinkIfThere, writeText } from './files.ts';
import { type LockOptions, withLockFile } from './lock-file.ts';
import { fileName, folderName } from './sanitize.ts';
import { Sweeper } from './sweeper.ts';

export interface DiskStoreProps {
  /** Folder of the store; made when it is missing. */
  readonly directory: string;
  /**
   * The present, in milliseconds since 1970.
   *
   * @default - the system clock
   */
  readonly now?: () => number;
  /**
   * When locks of vanished processes are broken.
   *
   * @default - see `LockOptions`
   */
  readonly lock?: LockOptions;
  /**
   * Milliseconds after which a file that a killed writer left behind is removed.
   *
   * @default 3600000, an hour: far more than clocks of machines differ
   */
  readonly leftoverAfter?: number;
}

/**
 * One file per entry, in the layout of py-key-value's FileTreeStore with its V1 sanitization:
 * `{directory}/{collection}/{key}.json`, and `{directory}/{collection}-info.json` for each collection.
 *
 * Writers of this kit exclude each other by a lock file per key. Python's FileTreeStore takes no locks: reading each
 * other's entries is fine, and so are `putIfAbsent` and `take` next to it; `compareAndSet` is atomic among our own only.
 */
export class DiskStore extends LocalStore {
  readonly capabilities: StoreCapabilities = {
    putIfAbsent: true,
    take: true,
    compareAndSet: true,
    durable: true,
    shared: true,
  };
  readonly #directory: string;
  readonly #lock: LockOptions | undefined;
  readonly #leftoverAfter: number;
  readonly #mutex = new KeyedMutex();
  /** Folders known to exist and to lie within the store. */
  readonly #folders = new Map<string, Promise<string>>();
  readonly #sweepers = new Map<string, Sweeper>();

  constructor(props: DiskStoreProps) {
    super(props.now);
    this.#directory = resolve(props.directory);
    this.#lock = props.lock;
    this.#leftoverAfter = props.leftoverAfter ?? 3_600_000;
  }

  override async close(): Promise<void> {
    await super.close();
    await Promise.all([...this.#sweepers.values()].map((sweeper) => sweeper.close()));
  }

  /** Makes no folder: a store that may only be read can be read. */
  protected async read({ collection, key }: Place): Promise<StoredEntry | undefined> {
    try {
      const folder = await this.#contained(join(this.#directory, folderName(collection)));
      const text = folder && (await readText(join(folder, `${fileName(key, this.#directory)}.json`)));
      return text === undefined ? undefined : { entry: loadEntry(text), version: hash('sha256', text, 'base64url') };
    } catch (error) {
      throw diskFault(error);
    }
  }

  protected write(place: Place, entry: NewEntry, mode: 'create' | 'replace'): Promise<boolean> {
    const text = wrapJson(entry);
    return this.#at(place, async (path) => {
      const wrote = await writeText(`${path}.json`, text, mode);
      this.#sweeper(dirname(path)).wrote();
      return wrote;
    });
  }

  protected extract(place: Place): Promise<ManagedEntry | undefined> {
    return this.#at(place, async (path) => {
      const text = await takeText(`${path}.json`);
      return text === undefined ? undefined : loadEntry(text);
    });
  }

  protected remove(place: Place): Promise<void> {
    return this.#at(place, async (path) => {
      await unlinkIfThere(`${path}.json`);
    });
  }

  /** First alone in this process, then alone on the file system: tasks of one process need not poll for each other. */
  protected exclusively<T>(place: Place, action: () => Promise<T>): Promise<T> {
    return this.#at(place, (path) => this.#alone(path, action));
  }

  #alone<T>(path: string, action: () => Promise<T>): Promise<T> {
    return this.#mutex.run(path, () => withLockFile(`${path}.lock`, action, this.#lock));
  }

  #sweeper(folder: string): Sweeper {
    let sweeper = this.#sweepers.get(folder);
    if (!sweeper) {
      const removeExpired = (path: string): Promise<void> => this.#removeExpired(path);
      sweeper = new Sweeper(folder, { leftoverAfter: this.#leftoverAfter, removeExpired });
      this.#sweepers.set(folder, sweeper);
    }
    return sweeper;
  }

  async #removeExpired(path: string): Promise<void> {
    if (!(await this.#hasExpired(path))) return;
    await this.#alone(path, async () => {
      if (await this.#hasExpired(path)) await unlinkIfThere(`${path}.json`);
    });
  }

  /** A file that is not an entry has not: it is not for us to remove. */
  async #hasExpired(path: string): Promise<boolean> {
    try {
      const text = await readText(`${path}.json`);
      return text !== undefined && isExpired(loadEntry(text), this.now());
    } catch (error) {
      if (error instanceof CorruptEntryError) return false;
      throw error;
    }
  }

  async #at<T>({ collection, key }: Place, action: (path: string) => Promise<T>): Promise<T> {
    try {
      const folder = await this.#folder(collection);
      return await action(join(folder, fileName(key, this.#directory)));
    } catch (error) {
      throw diskFault(error);
    }
  }

  async #folder(collection: string): Promise<string> {
    const known = this.#folders.get(collection);
    if (known) {
      const folder = await this.#contained(await known);
      if (folder !== undefined) return folder; // else somebody has removed it
    }
    const made = this.#makeFolder(collection);
    this.#folders.set(collection, made);
    try {
      return await made;
    } catch (error) {
      this.#folders.delete(collection);
      throw error;
    }
  }

  async #makeFolder(collection: string): Promise<string> {
    const name = folderName(collection);
    const folder = join(this.#directory, name);
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#contained(folder);
    // What is written into a new folder is durable when its own name is.
    if (made !== undefined) for (const parent of [dirname(made), this.#directory]) await syncFolder(parent);
    this.#sweeper(this.#directory).wrote(); // descriptions of collections are written there
    if (made === undefined && (await readText(join(this.#directory, `${name}-info.json`))) !== undefined) return folder;
    // Python opens a collection through this file; whoever comes first writes it.
    const info = {
      collection,
      created_at: formatTimestamp(this.now()),
      directory: join(await realpath(this.#directory), name),
      version: 1,
    };
    await writeText(join(this.#directory, `${name}-info.json`), dumps(info), 'create');
    return folder;
  }

  /** Asked each time: a folder can be replaced by a link that leads out of the store. */
  async #contained(folder: string): Promise<string | undefined> {
    const [root, actual] = await Promise.all([realPathOf(this.#directory), realPathOf(folder)]);
    if (root === undefined || actual === undefined) return undefined;
    if (!actual.startsWith(root.endsWith(sep) ? root : root + sep)) {
      throw new StoreRejectedError('a collection of the disk store leads out of its folder; remove the link');
    }
    return folder;
  }
}

async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
