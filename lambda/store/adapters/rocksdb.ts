import type { StoreAdapter } from '../key-value-store.ts';
import { RocksDbStore } from '../rocksdb/rocksdb-store.ts';
import { UrlOptions } from '../url-options.ts';

/**
 * A folder of RocksDB: `rocksdb:///PATH`. Needs `@nxtedition/rocksdb`, native code that no bundle holds: it must be installed
 * beside the bundle.
 */
export const rocksDbAdapter: StoreAdapter = {
  schemes: ['rocksdb'],
  open: (url) => {
    const options = new UrlOptions(url, { options: ['sync'], example: 'rocksdb:///mnt/mcp' });
    if (url.host !== '' || url.username !== '') options.fail('must not name a host');
    if (url.pathname === '' || url.pathname === '/') options.fail('must name a folder, not the root');
    return new RocksDbStore({ directory: pathOf(url, options), sync: options.flag('sync') });
  },
};

function pathOf({ pathname }: URL, options: UrlOptions): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return options.fail('has a path that is percent-encoded UTF-8');
  }
}
