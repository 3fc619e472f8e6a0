import { fileURLToPath } from 'node:url';

import { DiskStore } from '../disk/disk-store.ts';
import { StoreUrlError } from '../errors.ts';
import type { StoreAdapter } from '../key-value-store.ts';

const EXAMPLE = 'file:///mnt/mcp';

/** A folder: `file:///PATH`. */
export const diskAdapter: StoreAdapter = {
  schemes: ['file'],
  open: (url) => {
    if (url.hostname !== '')
      throw new StoreUrlError(
        'a file: URL of a store must not name a host: its path begins with the third slash',
        EXAMPLE,
      );
    if (url.search !== '' || url.hash !== '') throw new StoreUrlError('a file: URL of a store has no options', EXAMPLE);
    if (url.pathname === '/')
      throw new StoreUrlError('a file: URL of a store must name a folder, not the root', EXAMPLE);
    return new DiskStore({ directory: pathOf(url) });
  },
};

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new StoreUrlError('a file: URL of a store has a path that is percent-encoded UTF-8, without %2F', EXAMPLE);
  }
}
