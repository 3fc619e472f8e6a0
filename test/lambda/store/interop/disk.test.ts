import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DiskStore } from '../../../../lambda/store/disk/disk-store.ts';
import { interopSuite } from './interop-suite.ts';

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'interop-'))));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

interopSuite({
  name: 'disk',
  open: () => new DiskStore({ directory }),
  peer: () => ({
    args: [directory],
    setup: `
from pathlib import Path
from key_value.aio.stores.filetree import FileTreeStore, FileTreeV1CollectionSanitizationStrategy as C, FileTreeV1KeySanitizationStrategy as K
where = Path(args[0])
inner = FileTreeStore(data_directory=where, key_sanitization_strategy=K(where), collection_sanitization_strategy=C(where))`,
  }),
});
