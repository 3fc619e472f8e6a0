import { describeWith } from '../../../support/servers/programs.ts';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../../../support/servers/redis.ts';
import { openRedis } from '../redis/opening.ts';
import { FORMS, interopSuite } from './interop-suite.ts';

/** ValkeyStore writes what is left in whole seconds, rounded down: of one second nothing, which the server refuses. */
const shortest = 2;

describeWith('valkey', 'beside ValkeyStore', (program) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis(program);
  });
  afterAll(() => server.stop());

  interopSuite({
    name: 'Valkey',
    shortest,
    open: () => openRedis(`valkey://${server.address}`),
    peer: () => ({
      args: [String(server.port)],
      setup: `
from key_value.aio.stores.valkey import ValkeyStore
inner = ValkeyStore(host="127.0.0.1", port=int(args[0]))`,
    }),
  });
});

describeWith('valkey', 'beside ValkeyStore on a cluster', (program) => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster(program);
  }, 60_000);
  afterAll(() => cluster.stop());

  interopSuite({
    name: 'Valkey, a cluster',
    shortest,
    forms: FORMS.slice(0, 1), // the others differ in what is inside, not in where it goes
    open: () => openRedis(`valkey://${cluster.nodes[0]!.address}?cluster=true`),
    peer: () => ({
      args: [String(cluster.nodes[1]!.port)],
      setup: `
from glide import GlideClusterClient, GlideClusterClientConfiguration, NodeAddress
from key_value.aio.stores.valkey import ValkeyStore
client = await GlideClusterClient.create(GlideClusterClientConfiguration(addresses=[NodeAddress("127.0.0.1", int(args[0]))]))
inner = ValkeyStore(client=client)`,
    }),
  });
});
