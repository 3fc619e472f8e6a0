import type { KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { type Certificates, makeCertificates } from '../../../support/servers/certificates.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { type RedisCluster, type RedisServer, startRedisCluster } from '../../../support/servers/redis.ts';
import { openRedis, recovered } from './opening.ts';

describeWith('redis', 'faults of the nodes of a cluster', (program) => {
  let certificates: Certificates;
  let cluster: RedisCluster;
  let nodes: readonly RedisServer[];
  let store: KeyValueStore;
  /** A key on each master. */
  let keys: readonly string[];

  beforeAll(async () => {
    certificates = makeCertificates();
    cluster = await startRedisCluster(program, { certificates, replicas: 1 });
    nodes = cluster.nodes;
    keys = await Promise.all(nodes.slice(0, 3).map(keyOn));
  }, 60_000);
  afterAll(async () => {
    await cluster.stop();
    certificates.remove();
  });
  beforeEach(() => {
    store = openRedis(`rediss://${nodes[1]!.address}?ca=${certificates.ca}&cluster=true`);
  });
  afterEach(() => store.close());

  test('a node that hangs holds up only its own keys, and not for long', async () => {
    const [, healthy = '', hung = ''] = keys;
    await store.put(hung, { n: 1 });
    await store.put(healthy, { n: 2 });
    nodes[2]!.suspend();
    try {
      const call = store.get(hung).catch((error: unknown) => error);
      expect(await store.get(healthy)).toEqual({ n: 2 });
      expect(await call).toMatchObject({ name: 'StoreUnavailableError', retryable: true });
      expect(await store.get(healthy)).toEqual({ n: 2 });
    } finally {
      nodes[2]!.resume();
    }
    await recovered(() => store.get(hung));
    expect(await store.get(hung)).toEqual({ n: 1 });
  }, 40_000);

  test('a node that was killed is used again when it is back', async () => {
    const [, , key = ''] = keys;
    await store.put(key, { n: 1 });
    await nodes[2]!.kill();
    await expect(store.get(key)).rejects.toMatchObject({ name: 'StoreUnavailableError', retryable: true });
    await nodes[2]!.restart();
    await recovered(() => store.put(key, { n: 2 }));
    expect(await store.get(key)).toEqual({ n: 2 });
  }, 40_000);

  test('the replica of a node that was killed takes over, and is found without opening the store again', async () => {
    const [key = ''] = keys;
    await store.put(key, { n: 1 });
    await nodes[0]!.cli('WAIT', '1', '2000');
    await nodes[0]!.kill();
    await recovered(() => store.get(key));
    expect(await store.get(key)).toEqual({ n: 1 });
    expect(await store.take(key)).toEqual({ n: 1 });
    expect(await nodes[3]!.cli('ROLE')).toMatch(/^master/);
  }, 40_000);

  async function keyOn(node: RedisServer): Promise<string> {
    for (let n = 0; n < 100; n++) {
      const found = await node.cli('EXISTS', `default_collection::k${n}`).catch(() => undefined);
      if (found !== undefined) return `k${n}`;
    }
    throw new Error('it has none of the keys');
  }
});
