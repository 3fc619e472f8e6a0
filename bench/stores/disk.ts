import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { type BenchBackend, SAMPLE_KEY } from './backend.ts';
import { waitsMost } from './reasons.ts';

/** How the V1 strategies begin the name of its file. */
const FILE = `S_${SAMPLE_KEY.replace('-', '_')}-`;

export const backend: BenchBackend = {
  bundled: false,
  start() {
    const directory = mkdtempSync(join(tmpdir(), 'bench-disk-'));
    const folder = join(directory, 'kit');
    return Promise.resolve({
      url: pathToFileURL(folder).href,
      bytes: (side) => {
        const root = side === 'kit' ? folder : `${folder}-${side}`;
        const path = readdirSync(root, { recursive: true, encoding: 'utf8' }).find((name) => name.includes(FILE));
        return Promise.resolve(statSync(join(root, path ?? '')).size);
      },
      stop: () => {
        rmSync(directory, { recursive: true, force: true });
        return Promise.resolve();
      },
    });
  },
  adapter: async () => (await import('../../lambda/store/adapters/disk.ts')).diskAdapter,
  // A folder of its own: the sides do not wait for each other's files.
  python: `
from pathlib import Path
from urllib.parse import urlsplit
from key_value.aio.stores.filetree import FileTreeStore, FileTreeV1CollectionSanitizationStrategy as C, FileTreeV1KeySanitizationStrategy as K
where = Path(urlsplit(args[0]).path + "-python")
where.mkdir(parents=True, exist_ok=True)
inner = FileTreeStore(data_directory=where, key_sanitization_strategy=K(where), collection_sanitization_strategy=C(where))`,
  reason: (miss) =>
    miss.verb === 'put'
      ? waitsMost(miss, 'a write waits until the disk has the file and its folder; FileTreeStore does not wait')
      : undefined,
};
