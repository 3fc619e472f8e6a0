import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DiskStore } from '../../../../lambda/store/disk/disk-store.ts';
import { fileTree } from './disk-peer.ts';
import { interopSuite } from './interop-suite.ts';

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'interop-'))));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

interopSuite({
  name: 'disk',
  open: () => new DiskStore({ directory }),
  peer: () => fileTree(directory),
});
