import { mkdir } from 'node:fs/promises';

import { putNameIn, takeNameOut } from './comparator-name.ts';
import { isPythons, rocksFault } from './faults.ts';
import { loadLibrary, type RocksHandle, type RocksRange, type RocksWrite } from './library.ts';

interface Waiting {
  readonly write: RocksWrite;
  resolve(): void;
  reject(fault: Error): void;
}

/**
 * A folder of RocksDB: opened at the first use, and again after a fault of the disk, which RocksDB remembers until then.
 * Writes of one turn of the event loop are committed together: one wait for the disk for all of them.
 */
export class Database {
  readonly #directory: string;
  readonly #sync: boolean;
  #handle: Promise<RocksHandle> | undefined;
  #waiting: Waiting[] = [];

  /** @param sync whether a write waits until the disk has it */
  constructor(directory: string, sync: boolean) {
    this.#directory = directory;
    this.#sync = sync;
  }

  /** @throws {StoreError} when it cannot be read */
  async read(key: string): Promise<string | undefined> {
    const handle = await this.#open();
    try {
      return (await handle.getMany([key]))[0];
    } catch (error) {
      throw rocksFault(error);
    }
  }

  /** @throws {StoreError} when it was not written */
  write(write: RocksWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#commit());
      this.#waiting.push({ write, resolve, reject });
    });
  }

  /** The entries of a range, as many as its limit says. */
  async range(range: RocksRange): Promise<(readonly [string, string])[]> {
    const iterator = (await this.#open()).iterator(range);
    try {
      return await iterator.nextv(range.limit);
    } finally {
      await iterator.close();
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await (await handle?.catch(() => undefined))?.close();
  }

  async #commit(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    let handle: RocksHandle | undefined;
    try {
      handle = await this.#open();
      await handle.batch(
        waiting.map(({ write }) => write),
        { sync: this.#sync },
      );
    } catch (error) {
      const fault = rocksFault(error);
      if (handle) this.#discard(handle);
      for (const each of waiting) each.reject(fault);
      return;
    }
    for (const each of waiting) each.resolve();
  }

  /** One that could not write takes no further write: the next use opens it anew, when it is closed. */
  #discard(handle: RocksHandle): void {
    const closed = handle.close().catch(() => undefined);
    this.#handle = this.#forgetful(closed.then(() => this.#connect()));
  }

  #open(): Promise<RocksHandle> {
    this.#handle ??= this.#forgetful(this.#connect());
    return this.#handle;
  }

  /** A failure is not remembered: the next use tries again. */
  #forgetful(opening: Promise<RocksHandle>): Promise<RocksHandle> {
    const handle = opening.catch((error: unknown) => {
      if (this.#handle === handle) this.#handle = undefined;
      throw rocksFault(error);
    });
    handle.catch(() => undefined); // whoever waits for it hears of it
    return handle;
  }

  async #connect(): Promise<RocksHandle> {
    const { RocksLevel } = await loadLibrary();
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const start = async (): Promise<RocksHandle> => {
      const handle = new RocksLevel(this.#directory, { keyEncoding: 'utf8', valueEncoding: 'utf8' });
      await handle.open();
      return handle;
    };
    let handle: RocksHandle;
    try {
      handle = await start();
    } catch (error) {
      // It had the lock when it looked: nobody else has the database open.
      if (!isPythons(error) || !(await takeNameOut(this.#directory))) throw error;
      handle = await start();
    }
    await putNameIn(this.#directory);
    return handle;
  }
}
