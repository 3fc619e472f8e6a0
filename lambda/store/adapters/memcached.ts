import type { StoreAdapter } from '../key-value-store.ts';
import { addressOf } from '../memcached/address.ts';
import { MemcachedStore } from '../memcached/memcached-store.ts';
import { parseMemcachedUrl } from '../memcached/url.ts';

/** Memcached: `memcacheds://HOST:11211`, or `memcached://` in plain text. Needs no client library. */
export const memcachedAdapter: StoreAdapter = {
  schemes: ['memcached', 'memcacheds'],
  open: (url) => {
    const { discovery, keys, maxItemBytes, ...server } = parseMemcachedUrl(url);
    return new MemcachedStore({ address: () => addressOf(server), discovery, keys, maxItemBytes });
  },
};
