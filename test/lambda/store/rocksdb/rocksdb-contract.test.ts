import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RocksDbStore } from '../../../../lambda/store/rocksdb/rocksdb-store.ts';
import { storeContract } from '../contract.ts';

const root = mkdtempSync(join(tmpdir(), 'rocksdb-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
let made = 0;

storeContract('rocksdb', ({ now }) => new RocksDbStore({ directory: join(root, String(made++)), now }));
