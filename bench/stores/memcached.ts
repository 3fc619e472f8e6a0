import { Memcache } from 'memcache';

import { memcachedSays, startMemcached } from '../../test/support/servers/memcached.ts';
import { findProgram } from '../../test/support/servers/programs.ts';
import { BARE, type BenchBackend, SAMPLE_KEY, SHARED } from './backend.ts';
import { countTurns, cpuOf } from './counting.ts';

const urlOf = (port: number): string => `memcached://127.0.0.1:${port}`;

export const backend: BenchBackend = {
  bundled: true,
  async start() {
    const { program, missing } = findProgram('memcached');
    if (!program) throw new Error(missing);
    const server = await startMemcached(program);
    return {
      url: urlOf(server.port),
      cpu: () => cpuOf(server.pid()),
      count: () => countTurns(server.port, urlOf),
      bytes: async (side) => {
        const answer = await memcachedSays(server.port, `get ${side === 'bare' ? BARE : SHARED}::${SAMPLE_KEY}`);
        return Number(answer.split(/\s/)[3]);
      },
      stop: () => server.stop(),
    };
  },
  adapter: async () => (await import('../../lambda/store/adapters/memcached.ts')).memcachedAdapter,
  async bare(url) {
    const client = new Memcache(`${url.hostname}:${url.port}`);
    await client.connect();
    return {
      get: async (key) => JSON.parse((await client.get(`${BARE}::${key}`)) ?? 'null') as unknown,
      put: (key, value, ttl) => client.set(`${BARE}::${key}`, JSON.stringify(value), ttl),
      close: () => client.disconnect(),
    };
  },
  python: `
from key_value.aio.stores.memcached import MemcachedStore
from urllib.parse import urlsplit
url = urlsplit(args[0])
inner = MemcachedStore(host=url.hostname, port=url.port)`,
  reason: ({ figure, verb }) =>
    figure === 'calls' && verb === 'take'
      ? 'memcached has no command that gets and deletes: the entry is read, then replaced if it is still the same'
      : undefined,
};
