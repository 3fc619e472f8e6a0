import { StoreRejectedError } from '../errors.ts';

/** What is used of a database of `@nxtedition/rocksdb`; keys and values are text. */
export interface RocksHandle {
  open(): Promise<void>;
  close(): Promise<void>;
  getMany(keys: string[]): Promise<(string | undefined)[]>;
  batch(operations: readonly RocksWrite[], options: { readonly sync: boolean }): Promise<void>;
  iterator(options: RocksRange): RocksIterator;
}

export type RocksWrite =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

export interface RocksRange {
  readonly gt: string;
  readonly lt: string;
  readonly limit: number;
}

export interface RocksIterator {
  nextv(count: number): Promise<(readonly [string, string])[]>;
  close(): Promise<void>;
}

interface RocksLibrary {
  readonly RocksLevel: new (directory: string, options: Readonly<Record<string, unknown>>) => RocksHandle;
}

/** A name that no bundler follows: native code is found beside its package only. */
const PACKAGE: string = '@nxtedition/rocksdb';

/** @throws {StoreRejectedError} when the library is not installed, or not made for this machine */
export async function loadLibrary(): Promise<RocksLibrary> {
  let loaded: RocksLibrary & { readonly default?: RocksLibrary };
  try {
    loaded = (await import(PACKAGE)) as RocksLibrary;
  } catch (error) {
    const absent = /^(?:ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND)$/.test(String((error as NodeJS.ErrnoException).code));
    throw new StoreRejectedError(
      absent
        ? `a rocksdb: store needs the package ${PACKAGE}, which bundles cannot hold: npm install ${PACKAGE}`
        : `${PACKAGE} has no native code for ${process.platform}-${process.arch}: build it from source, or use file:`,
    );
  }
  return loaded.default ?? loaded;
}
