import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RocksDbStore } from '../../../../lambda/store/rocksdb/rocksdb-store.ts';
import { interopSuite } from './interop-suite.ts';

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'interop-rocksdb-'))));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

interopSuite({
  name: 'rocksdb',
  open: () => new RocksDbStore({ directory }),
  peer: () => ({
    args: [directory],
    setup: `
from key_value.aio.stores.rocksdb import RocksDBStore
inner = RocksDBStore(path=args[0])`,
  }),
});
