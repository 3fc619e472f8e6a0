import { Memcache } from 'memcache';

import { startMemcached } from '../../test/support/servers/memcached.ts';
import { findProgram } from '../../test/support/servers/programs.ts';
import type { BenchBackend } from './backend.ts';

export const backend: BenchBackend = {
  bundled: true,
  operations: 10_000,
  async start() {
    const { program, missing } = findProgram('memcached');
    if (!program) throw new Error(missing);
    const server = await startMemcached(program);
    return { url: `memcached://127.0.0.1:${server.port}`, stop: () => server.stop() };
  },
  adapter: async () => (await import('../../lambda/store/adapters/memcached.ts')).memcachedAdapter,
  async bare(url) {
    const client = new Memcache(`${url.hostname}:${url.port}`);
    await client.connect();
    return {
      get: async (key) => JSON.parse((await client.get(`bare::${key}`)) ?? 'null') as unknown,
      put: (key, value, ttl) => client.set(`bare::${key}`, JSON.stringify(value), ttl),
      close: () => client.disconnect(),
    };
  },
  python: `
from key_value.aio.stores.memcached import MemcachedStore
from urllib.parse import urlsplit
url = urlsplit(args[0])
inner = MemcachedStore(host=url.hostname, port=url.port)`,
};
