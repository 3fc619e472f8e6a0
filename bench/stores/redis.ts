import { createClient } from '@redis/client';

import { findProgram } from '../../test/support/servers/programs.ts';
import { startRedis } from '../../test/support/servers/redis.ts';
import { BARE, type BenchBackend, SAMPLE_KEY, SHARED } from './backend.ts';
import { countTurns, cpuOf } from './counting.ts';

/** A server that speaks as Redis does. @param name of the program and of the scheme */
export function redisLike(
  name: 'redis' | 'valkey',
  rest: Pick<BenchBackend, 'bundled' | 'python' | 'reason'>,
): BenchBackend {
  const urlOf = (port: number): string => `${name}://127.0.0.1:${port}/0`;
  return {
    ...rest,
    async start() {
      const { program, missing } = findProgram(name);
      if (!program) throw new Error(missing);
      const server = await startRedis(program);
      return {
        url: urlOf(server.port),
        cpu: () => cpuOf(server.pid()),
        count: () => countTurns(server.port, urlOf),
        bytes: async (side) => Number(await server.cli('STRLEN', `${side === 'bare' ? BARE : SHARED}::${SAMPLE_KEY}`)),
        stop: () => server.stop(),
      };
    },
    adapter: async () => (await import('../../lambda/store/adapters/redis.ts')).redisAdapter,
    async bare(url) {
      const client = createClient({ socket: { host: url.hostname, port: Number(url.port) } });
      await client.connect();
      return {
        get: async (key) => JSON.parse((await client.get(`${BARE}::${key}`)) ?? 'null') as unknown,
        put: (key, value, ttl) => client.set(`${BARE}::${key}`, JSON.stringify(value), { EX: ttl }),
        close: () => client.close(),
      };
    },
  };
}

export const backend = redisLike('redis', {
  bundled: true,
  python: `
from key_value.aio.stores.redis import RedisStore
inner = RedisStore(url=args[0])`,
});
