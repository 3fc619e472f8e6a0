import type { KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import type { InstalledProgram } from '../../../support/servers/debian.ts';
import { type RedisServer, startRedis } from '../../../support/servers/redis.ts';
import { startTurnProxy, type TurnProxy } from '../../../support/turn-proxy.ts';

/** A Redis with a proxy before it, there while the tests of a group run. */
export interface ProxiedRedis {
  readonly server: RedisServer;
  readonly proxy: TurnProxy;
}

/** To be called in a group of tests. Its members can be read by the tests, not before. */
export function proxiedRedis(program: InstalledProgram): ProxiedRedis {
  let server: RedisServer;
  let proxy: TurnProxy;
  beforeAll(async () => {
    server = await startRedis(program);
    proxy = await startTurnProxy(server.port);
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });
  return {
    get server() {
      return server;
    },
    get proxy() {
      return proxy;
    },
  };
}

/** Connects, and from then on the server knows the scripts: what is counted later is the call alone. */
export async function warmUp(store: KeyValueStore): Promise<void> {
  await store.put('scripts', { n: 1 });
  await store.take('scripts');
  await store.putIfAbsent('scripts', { n: 1 });
}
