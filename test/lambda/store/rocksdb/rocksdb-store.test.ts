import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { rocksDbAdapter } from '../../../../lambda/store/adapters/rocksdb.ts';
import {
  CorruptEntryError,
  InvalidKeyError,
  StoreClosedError,
  StoreRejectedError,
  StoreUrlError,
} from '../../../../lambda/store/errors.ts';
import type { RocksHandle } from '../../../../lambda/store/rocksdb/library.ts';
import { RocksDbStore, type RocksDbStoreProps } from '../../../../lambda/store/rocksdb/rocksdb-store.ts';

const root = mkdtempSync(join(tmpdir(), 'rocksdb-store-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
let made = 0;
const freshFolder = (): string => join(root, String(made++));
const opened: RocksDbStore[] = [];
const openAt = (directory: string, props: Partial<RocksDbStoreProps> = {}): RocksDbStore => {
  const store = new RocksDbStore({ directory, ...props });
  opened.push(store);
  return store;
};
afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())));

/** All that is in a folder, byte for byte, read without our store. */
async function rows(directory: string): Promise<[string, string][]> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- it has no types
  const { RocksLevel } = require('@nxtedition/rocksdb') as {
    RocksLevel: new (path: string, options: object) => RocksHandle;
  };
  const copy = freshFolder();
  cpSync(directory, copy, { recursive: true });
  const { takeNameOut } = await import('../../../../lambda/store/rocksdb/comparator-name.ts');
  await takeNameOut(copy);
  const db = new RocksLevel(copy, { keyEncoding: 'utf8', valueEncoding: 'utf8' });
  await db.open();
  const iterator = db.iterator({ gt: '', lt: '\u00ff', limit: 100_000 });
  const found = await iterator.nextv(100_000);
  await iterator.close();
  await db.close();
  return found.map(([key, value]) => [key, value]);
}

describe('the layout of RocksDBStore', () => {
  test('the type of the key, its name; the type of the value, its JSON', async () => {
    const directory = freshFolder();
    const store = openAt(directory, { now: () => Date.UTC(2026, 10, 22, 10) });
    await store.put('k1', { b: 1, a: 'é' }, { collection: 'mcp-jti-mappings', ttl: 3600 });
    await store.close();
    expect(await rows(directory)).toEqual([
      [
        '\u0002mcp-jti-mappings::k1',
        '\u0001{"collection": "mcp-jti-mappings", "created_at": "2026-11-22T10:00:00+00:00", ' +
          '"expires_at": "2026-11-22T11:00:00+00:00", "key": "k1", "value": {"a": "\\u00e9", "b": 1}, "version": 1}',
      ],
    ]);
  });

  test('the name of Python for the order of keys is in the MANIFEST as long as the store is open, and after', async () => {
    const directory = freshFolder();
    const manifest = (): string => {
      const name = readFileSync(join(directory, 'CURRENT'), 'utf8').trim();
      return readFileSync(join(directory, name), 'latin1');
    };
    for (let round = 0; round < 3; round++) {
      const store = openAt(directory);
      await store.put('k', { round });
      expect(manifest()).toContain('rocksdict');
      expect(manifest()).not.toContain('BytewiseComparator');
      await store.close();
      expect(manifest()).toContain('rocksdict');
    }
    const store = openAt(directory);
    expect(await store.get('k')).toEqual({ round: 2 });
    expect(readFileSync(join(directory, 'rocksdict-config.json'), 'utf8')).toBe(
      '{"raw_mode":false,"prefix_extractors":{}}',
    );
  });

  test('an entry of py-key-value 0.2 is read; what is no entry is told, and can be deleted', async () => {
    const directory = freshFolder();
    await openAt(directory).close();
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- it has no types
    const { RocksLevel } = require('@nxtedition/rocksdb') as {
      RocksLevel: new (path: string, options: object) => RocksHandle;
    };
    const db = new RocksLevel(directory, { keyEncoding: 'utf8', valueEncoding: 'utf8' });
    await db.open();
    await db.batch(
      [
        {
          type: 'put',
          key: '\u0002default_collection::old',
          value: '\u0001{"created_at": "2026-01-01T00:00:00+00:00", "value": {"a": 1}}',
        },
        { type: 'put', key: '\u0002default_collection::pickled', value: '\u0006whatever' },
        { type: 'put', key: '\u0002default_collection::broken', value: '\u0001{"value":' },
      ],
      { sync: false },
    );
    await db.close();
    const store = openAt(directory);
    expect(await store.get('old')).toEqual({ a: 1 });
    for (const key of ['pickled', 'broken']) {
      await expect(store.get(key)).rejects.toBeInstanceOf(CorruptEntryError);
      await expect(store.putIfAbsent(key, {})).rejects.toBeInstanceOf(CorruptEntryError);
      expect(await store.delete(key)).toBe(true);
      expect(await store.get(key)).toBeUndefined();
    }
  });

  test('files are readable by their owner only', async () => {
    const directory = freshFolder();
    await openAt(directory).put('k', { a: 1 });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test('collections that would share entries with others are refused', async () => {
    const store = openAt(freshFolder());
    await expect(store.put('c', {}, { collection: 'a::b' })).rejects.toBeInstanceOf(InvalidKeyError);
    await expect(store.get('c', { collection: 'a:' })).rejects.toBeInstanceOf(InvalidKeyError);
  });
});

describe('expired entries', () => {
  test('are cleared away by the read that meets them', async () => {
    let clock = Date.now();
    const directory = freshFolder();
    const store = openAt(directory, { now: () => clock });
    await store.put('k', { a: 1 }, { ttl: 1 });
    clock += 1000;
    expect(await store.get('k')).toBeUndefined();
    await store.close();
    expect(await rows(directory)).toEqual([]);
  });

  test('are swept by writes, four for each, and nothing else is', async () => {
    let clock = Date.now();
    const directory = freshFolder();
    const store = openAt(directory, { sync: false, now: () => clock });
    const names = Array.from({ length: 1_000 }, (_, n) => `k${n}`);
    await store.putMany(
      names,
      names.map(() => ({ n: 1 })),
      { ttl: 10, collection: 'brief' },
    );
    await store.put('stays', { n: 1 }, { collection: 'brief' });
    await store.put('later', { n: 1 }, { collection: 'brief', ttl: 1_000 });
    clock += 11_000;
    for (let n = 0; n < 600; n++) await store.put('other', { n }, { collection: 'x' });
    await store.close();
    expect((await rows(directory)).map(([key]) => key)).toEqual([
      '\u0002brief::later',
      '\u0002brief::stays',
      '\u0002x::other',
    ]);
  });
});

describe('one process at a time', () => {
  test('a second store on the folder is refused, and works when the first is closed', async () => {
    const directory = freshFolder();
    const [first, second] = [openAt(directory), openAt(directory)];
    await first.put('k', { n: 1 });
    const fault: unknown = await second.get('k').catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(StoreRejectedError);
    expect((fault as Error).message).toContain('one process at a time');
    expect((fault as Error).message).not.toContain(directory);
    await expect(second.put('k', { n: 2 })).rejects.toBeInstanceOf(StoreRejectedError);
    await first.put('k', { n: 3 });
    await first.close();
    expect(await second.get('k')).toEqual({ n: 3 });
  });
});

describe('a store that is closed while calls are under way', () => {
  test('writes what it was given, and leaves the folder to the next one', async () => {
    const directory = freshFolder();
    const first = openAt(directory);
    const written = first.put('k', { n: 1 });
    await first.close();
    await written;
    expect(await openAt(directory).get('k')).toEqual({ n: 1 });
  });

  test('opens nothing any more for a read that came too late', async () => {
    const directory = freshFolder();
    const first = openAt(directory);
    const read = first.take('k').catch((error: unknown) => error);
    await first.close();
    const answer = await read;
    expect(answer === undefined || answer instanceof StoreClosedError).toBe(true);
    expect(await openAt(directory).get('k')).toBeUndefined();
  });
});

describe('a disk that fails for a while', () => {
  test('under several commits at once: told to each, and the store works when it is over', async () => {
    const store = openAt(freshFolder());
    await store.put('k', { n: 1 });
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- it has no types
    const { RocksLevel } = require('@nxtedition/rocksdb') as { RocksLevel: { prototype: RocksHandle } };
    const full = jest.spyOn(RocksLevel.prototype, 'batch').mockImplementation(async () => {
      await sleep(20);
      throw new Error('IO error: No space left on device');
    });
    const writes = [0, 1, 2].map(async (n) => {
      await sleep(n * 5);
      return store.put(`full-${n}`, { n });
    });
    for (const { status } of await Promise.allSettled(writes)) expect(status).toBe('rejected');
    expect(full).toHaveBeenCalledTimes(3);
    full.mockRestore();
    await store.put('k', { n: 2 });
    expect(await store.get('k')).toEqual({ n: 2 });
  });
});

describe('damage', () => {
  test('of a table of entries: told, and never taken for an entry', async () => {
    const directory = freshFolder();
    const store = openAt(directory, { sync: false });
    for (let n = 0; n < 50; n++) await store.put(`k${n}`, { n, pad: randomBytes(3_000).toString('base64') });
    await store.close();
    await openAt(directory).put('k', {}); // what was in the log becomes a table when it is opened
    await Promise.all(opened.splice(0).map((one) => one.close()));
    const tables = readdirSync(directory).filter((name) => name.endsWith('.sst'));
    expect(tables.length).toBeGreaterThan(0);
    for (const table of tables) {
      const data = readFileSync(join(directory, table));
      data.fill(0x55, 100, data.length - 5_000); // all but the index at its end
      writeFileSync(join(directory, table), data);
    }
    const fault: unknown = await openAt(directory)
      .get('k7')
      .catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(StoreRejectedError);
    expect((fault as Error).message).toContain('damaged');
  });

  test('of the MANIFEST, and of CURRENT', async () => {
    for (const [file, text] of [
      ['CURRENT', 'rubbish\n'],
      ['MANIFEST', 'rubbish'],
    ] as const) {
      const directory = freshFolder();
      const store = openAt(directory);
      await store.put('k', { n: 1 });
      await store.close();
      const current = readFileSync(join(directory, 'CURRENT'), 'utf8').trim();
      writeFileSync(join(directory, file === 'CURRENT' ? file : current), text);
      const fault: unknown = await openAt(directory)
        .get('k')
        .catch((error: unknown) => error);
      expect((fault as Error).name).toMatch(/^Store(Rejected|Unavailable)Error$/);
      expect((fault as Error).message).not.toContain(directory);
    }
  });
});

describe('URLs', () => {
  test('name a folder', async () => {
    const directory = join(freshFolder(), 'with space');
    const store = rocksDbAdapter.open(new URL(`rocksdb://${encodeURI(directory)}?sync=false`));
    expect(store.capabilities).toMatchObject({ durable: false, shared: false });
    expect(rocksDbAdapter.open(new URL('rocksdb:///mnt/mcp')).capabilities).toMatchObject({ durable: true });
    await store.put('k', { n: 1 });
    await store.close();
    expect(readdirSync(directory)).toContain('CURRENT');
  });

  test.each([
    ['rocksdb://host/mnt', 'host'],
    ['rocksdb:///', 'root'],
    ['rocksdb:///mnt/%zz', 'percent-encoded'],
    ['rocksdb:///mnt?fsync=true', 'fsync'],
    ['rocksdb:///mnt?sync=1', 'sync=true or sync=false'],
  ])('%s is refused', (url, problem) => {
    expect(() => rocksDbAdapter.open(new URL(url))).toThrow(StoreUrlError);
    expect(() => rocksDbAdapter.open(new URL(url))).toThrow(problem);
  });
});
