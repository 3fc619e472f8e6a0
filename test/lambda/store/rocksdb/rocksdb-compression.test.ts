import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RocksDbStore } from '../../../../lambda/store/rocksdb/rocksdb-store.ts';
import { describeBesidePython, type PythonPeer, runPython } from '../../../support/python-peer.ts';

const VALUE = { text: 'hello world '.repeat(60) };
/** Enough to be written to a file of its own when the store is closed. */
const PUT = `
for number in range(50):
    await store.put(f"k{number}", data, collection="c")
`;

describeBesidePython('files that Python has compressed', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'compression-'))));
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const snappy = (): PythonPeer => ({
    args: [directory],
    setup: `
from key_value.aio.stores.rocksdb import RocksDBStore
inner = RocksDBStore(path=args[0])`,
  });
  const opened = (compression: string): PythonPeer => ({
    args: [directory],
    setup: `
from rocksdict import DBCompressionType, Options, Rdict
from key_value.aio.stores.rocksdb import RocksDBStore
options = Options()
options.create_if_missing(True)
options.set_compression_type(DBCompressionType.${compression}())
inner = RocksDBStore(db=Rdict(args[0], options=options))`,
  });
  /** Reads one entry, and writes one. */
  const use = async (): Promise<unknown> => {
    const store = new RocksDbStore({ directory });
    try {
      const value = await store.get('k1', { collection: 'c' });
      await store.put('ours', VALUE, { collection: 'c' });
      return value;
    } finally {
      await store.close();
    }
  };

  test.each(['zstd', 'none'])('%s is read, and Python reads on', async (compression) => {
    await runPython(opened(compression), `${PUT}store._db.close()`, VALUE);
    await expect(use()).resolves.toEqual(VALUE);
    const read = 'value = await store.get("ours", collection="c")\nstore._db.close()\nreturn value';
    await expect(runPython(opened(compression), read)).resolves.toEqual(VALUE);
  });

  test('Snappy is refused with what to do about it, and is copied', async () => {
    await runPython(snappy(), PUT, VALUE);
    await expect(use()).rejects.toMatchObject({
      name: 'StoreRejectedError',
      message: expect.stringContaining('compressed') as unknown,
    });
    const copy = 'for key, value in Rdict(data).items(): store._db[key] = value\nstore._db.close()';
    const old = directory;
    directory = join(old, 'new');
    try {
      await runPython(opened('zstd'), `from rocksdict import Rdict\n${copy}`, old);
      await expect(use()).resolves.toEqual(VALUE);
    } finally {
      directory = old;
    }
  });
});
