import { mkdir } from 'node:fs/promises';

import { StoreClosedError } from '../errors.ts';
import { putNameIn, takeNameOut } from './comparator-name.ts';
import { isPythons, rocksFault } from './faults.ts';
import { loadLibrary, type RocksHandle, type RocksRange, type RocksWrite } from './library.ts';

interface Waiting<T, R> {
  readonly what: T;
  resolve(result: R): void;
  reject(fault: Error): void;
}

function atOnce(run: () => void): void {
  process.nextTick(run);
}

/**
 * A folder of RocksDB: opened at the first use, and again after a fault of the disk, which RocksDB remembers until then.
 * Writes of one turn of the event loop are committed together: one wait for the disk for all of them. So are reads: one
 * thread fetches them all.
 */
export class Database {
  readonly #directory: string;
  readonly #sync: boolean;
  #handle: Promise<RocksHandle> | undefined;
  #reads: Waiting<string, string | undefined>[] = [];
  #writes: Waiting<RocksWrite, void>[] = [];
  /** Reads and commits that are due or under way. */
  readonly #begun = new Set<Promise<void>>();
  readonly #discarded = new WeakSet<RocksHandle>();
  #closed = false;

  /** @param sync whether a write waits until the disk has it */
  constructor(directory: string, sync: boolean) {
    this.#directory = directory;
    this.#sync = sync;
  }

  /** @throws {StoreError} when it cannot be read */
  read(key: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new StoreClosedError();
      if (this.#reads.length === 0) this.#begin(atOnce, () => this.#fetch());
      this.#reads.push({ what: key, resolve, reject });
    });
  }

  /** @throws {StoreError} when it was not written */
  write(write: RocksWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new StoreClosedError();
      // Not sooner: RocksDB writes at once, and a loop of writes would let nothing else of this process run.
      if (this.#writes.length === 0) this.#begin(setImmediate, () => this.#commit());
      this.#writes.push({ what: write, resolve, reject });
    });
  }

  /** The entries of a range, as many as its limit says. */
  async range(range: RocksRange): Promise<(readonly [string, string])[]> {
    if (this.#closed) throw new StoreClosedError();
    const iterator = (await this.#open()).iterator(range);
    try {
      return await iterator.nextv(range.limit);
    } finally {
      await iterator.close();
    }
  }

  /** Ends what was begun: what came later would open the folder again, and keep it from the next store. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#begun);
    const handle = this.#handle;
    this.#handle = undefined;
    await (await handle?.catch(() => undefined))?.close();
  }

  #begin(schedule: (run: () => void) => void, action: () => Promise<void>): void {
    const begun = new Promise<void>((ended) => {
      schedule(() => void action().finally(ended));
    });
    this.#begun.add(begun);
    void begun.then(() => this.#begun.delete(begun));
  }

  async #fetch(): Promise<void> {
    const reads = this.#reads;
    this.#reads = [];
    let values: (string | undefined)[];
    try {
      values = await (await this.#open()).getMany(reads.map(({ what }) => what));
    } catch (error) {
      for (const each of reads) each.reject(rocksFault(error));
      return;
    }
    for (const [index, each] of reads.entries()) each.resolve(values[index]);
  }

  async #commit(): Promise<void> {
    const writes = this.#writes;
    this.#writes = [];
    let handle: RocksHandle | undefined;
    try {
      handle = await this.#open();
      const operations = writes.map(({ what }) => what);
      await handle.batch(operations, { sync: this.#sync });
    } catch (error) {
      const fault = rocksFault(error);
      if (handle) this.#discard(handle);
      for (const each of writes) each.reject(fault);
      return;
    }
    for (const each of writes) each.resolve();
  }

  /**
   * One that could not write takes no further write: the next use opens it anew, when it is closed. Several commits may have
   * failed on it: opened twice, the folder would be locked by one that nobody has.
   */
  #discard(handle: RocksHandle): void {
    if (this.#discarded.has(handle)) return;
    this.#discarded.add(handle);
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
