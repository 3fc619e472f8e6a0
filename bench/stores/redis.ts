import { createClient } from '@redis/client';

import { findProgram } from '../../test/support/servers/programs.ts';
import { startRedis } from '../../test/support/servers/redis.ts';
import type { BenchBackend } from './backend.ts';

export const backend: BenchBackend = {
  bundled: true,
  operations: 10_000,
  async start() {
    const { program, missing } = findProgram('redis');
    if (!program) throw new Error(missing);
    const server = await startRedis(program);
    return { url: `redis://127.0.0.1:${server.port}/0`, stop: () => server.stop() };
  },
  adapter: async () => (await import('../../lambda/store/adapters/redis.ts')).redisAdapter,
  async bare(url) {
    const client = createClient({ socket: { host: url.hostname, port: Number(url.port) } });
    await client.connect();
    return {
      get: async (key) => JSON.parse((await client.get(`bare::${key}`)) ?? 'null') as unknown,
      put: (key, value, ttl) => client.set(`bare::${key}`, JSON.stringify(value), { EX: ttl }),
      close: () => client.close(),
    };
  },
  python: `
from key_value.aio.stores.redis import RedisStore
inner = RedisStore(url=args[0])`,
};
