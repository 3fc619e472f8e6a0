import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { Database } from '../../lambda/store/rocksdb/database.ts';
import { loadLibrary, type RocksHandle } from '../../lambda/store/rocksdb/library.ts';
import { BARE, type BenchBackend, SAMPLE_KEY, SHARED } from './backend.ts';

/** The verbs of the library that the kit does not use: one key, one call. */
interface Library extends RocksHandle {
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string, options: { readonly sync: boolean }): Promise<void>;
}

/** One process at a time: each side has a folder of its own beside that of the URL. */
const folderOf = (url: URL, side: 'bare' | 'python'): string => `${url.pathname}-${side}`;
/** What the kit and Python put before a key that is text. */
const TEXT = '\u0002';

/** With the byte that rocksdict puts before a value. */
const LENGTH = `
import sys
from rocksdict import Rdict
print(1 + len(Rdict(sys.argv[1])["${SHARED}::${SAMPLE_KEY}"]))`;

export const backend: BenchBackend = {
  bundled: false,
  start() {
    const directory = mkdtempSync(join(tmpdir(), 'bench-rocksdb-'));
    const url = pathToFileURL(join(directory, 'kit'));
    return Promise.resolve({
      // Neither the library by itself nor Python waits for the disk.
      url: `rocksdb://${url.pathname}?sync=false`,
      bytes: async (side, python) => {
        if (side === 'python') {
          const { stdout } = await promisify(execFile)(python, ['-c', LENGTH, folderOf(url, side)]);
          return Number(stdout);
        }
        // The folder of the bare library not with our class: that would give it the name of Python's order of keys.
        const database = side === 'bare' ? await open(url) : new Database(url.pathname, false);
        const text =
          database instanceof Database
            ? await database.read(`${TEXT}${SHARED}::${SAMPLE_KEY}`)
            : await database.get(`${BARE}::${SAMPLE_KEY}`);
        await database.close();
        return Buffer.byteLength(text ?? '');
      },
      stop: () => {
        rmSync(directory, { recursive: true, force: true });
        return Promise.resolve();
      },
    });
  },
  adapter: async () => (await import('../../lambda/store/adapters/rocksdb.ts')).rocksDbAdapter,
  async bare(url) {
    const database = await open(url);
    return {
      get: async (key) => JSON.parse((await database.get(`${BARE}::${key}`)) ?? 'null') as unknown,
      put: (key, value) => database.put(`${BARE}::${key}`, JSON.stringify(value), { sync: false }),
      close: () => database.close(),
    };
  },
  python: `
from key_value.aio.stores.rocksdb import RocksDBStore
from urllib.parse import urlsplit
inner = RocksDBStore(path=urlsplit(args[0]).path + "-python")`,
};

async function open(url: URL): Promise<Library> {
  const { RocksLevel } = await loadLibrary();
  const database = new RocksLevel(folderOf(url, 'bare'), { keyEncoding: 'utf8', valueEncoding: 'utf8' }) as Library;
  await database.open();
  return database;
}
