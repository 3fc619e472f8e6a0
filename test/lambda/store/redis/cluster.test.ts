import type { KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { REDIS_COMMANDS } from '../../../../lambda/store/redis/commands.ts';
import { PrefixCollections } from '../../../../lambda/store/wrappers/prefix-collections.ts';
import { type Certificates, makeCertificates } from '../../../support/servers/certificates.ts';
import { describeWith, type ProgramName } from '../../../support/servers/programs.ts';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../../../support/servers/redis.ts';
import { storeContract } from '../contract.ts';
import { everyVerb } from './every-verb.ts';
import { openRedis, passwordLogin, userLine } from './opening.ts';

describe.each<ProgramName>(['redis', 'valkey'])('%s', (name) => {
  describeWith(name, 'three nodes with TLS and ACL', (program) => {
    const keys = Array.from({ length: 200 }, (_, n) => `k${n}`);
    let certificates: Certificates;
    let cluster: RedisCluster;
    let masters: readonly RedisServer[];
    let url: string;

    beforeAll(async () => {
      certificates = makeCertificates();
      const users = [userLine('kit', 'of-the-kit', '', REDIS_COMMANDS)];
      cluster = await startRedisCluster(program, { certificates, users });
      masters = cluster.nodes.slice(0, 3);
      url = `rediss://${cluster.nodes[0]!.address}?ca=${certificates.ca}&cluster=true`;
    }, 60_000);
    afterAll(async () => {
      await cluster.stop();
      certificates.remove();
    });

    const open = (now?: () => number): KeyValueStore =>
      openRedis(url, { now, login: passwordLogin('kit', 'of-the-kit') });
    const empty = async (): Promise<void> => {
      await Promise.all(masters.map((node) => node.cli('FLUSHALL')));
    };

    let stores = 0;
    storeContract(`${name}, a cluster`, ({ now }) => new PrefixCollections(open(now), { prefix: `s${stores++}` }));

    describe('what only a cluster has', () => {
      let store: KeyValueStore;
      beforeEach(async () => {
        await empty();
        store = open();
      });
      afterEach(() => store.close());

      test('entries are spread over the nodes, and no command names keys of two', async () => {
        for (const node of masters) await node.cli('CONFIG', 'RESETSTAT');
        await store.putMany(
          keys,
          keys.map((_, n) => ({ n })),
        );
        expect(await store.getMany([...keys].reverse())).toEqual(keys.map((_, n) => ({ n })).reverse());
        for (const node of masters) {
          expect(Number(await node.cli('DBSIZE'))).toBeGreaterThan(30);
          const stats = await node.cli('INFO', 'everything');
          expect(stats).toMatch(/cmdstat_get:/);
          expect(stats).not.toMatch(/cmdstat_m(?:get|set):|errorstat_/);
        }
        expect(await store.deleteMany(keys)).toBe(200);
      });

      test('a key that is moving, and has moved, is found', async () => {
        const [from, to] = (await ownersOf('moving')) as [RedisServer, RedisServer];
        const slot = await from.cli('CLUSTER', 'KEYSLOT', 'default_collection::moving');
        const [fromId, toId] = await Promise.all([from, to].map((node) => node.cli('CLUSTER', 'MYID')));
        const settle = async (id = ''): Promise<void> => {
          for (const node of [to, from, ...masters]) await node.cli('CLUSTER', 'SETSLOT', slot, 'NODE', id);
        };
        await store.get('moving'); // has the map as it was
        await to.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId ?? '');
        await from.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId ?? '');
        try {
          await store.put('moving', { n: 1 });
          expect(Number(await to.cli('DBSIZE'))).toBe(1);
          expect(await store.get('moving')).toEqual({ n: 1 });
          await withUser('-asking', async (poor) => {
            await expect(poor.get('moving')).rejects.toMatchObject({ name: 'StoreAccessError' });
          });
          await settle(toId);
          expect(await store.get('moving')).toEqual({ n: 1 });
          expect(await store.take('moving')).toEqual({ n: 1 });
        } finally {
          await to.cli('FLUSHALL');
          await settle(fromId);
        }
      });

      test('every verb works, and without cluster|slots none', async () => {
        await everyVerb(store);
        await withUser('-cluster|slots', async (poor) => {
          await expect(poor.get('k')).rejects.toMatchObject({ name: 'StoreAccessError' });
        });
      });

      test('a client that takes it for a single node is told what to write', async () => {
        const single = openRedis(url.replace('&cluster=true', ''), { login: passwordLogin('kit', 'of-the-kit') });
        const message = expect.stringContaining('add cluster=true') as string;
        const refused = { name: 'StoreRejectedError', message };
        const [, elsewhere] = await Promise.all(masters.map(keyOn));
        await expect(single.get(elsewhere ?? '')).rejects.toMatchObject(refused);
        await expect(single.take(elsewhere ?? '')).rejects.toMatchObject(refused);
        await expect(single.getMany(keys)).rejects.toMatchObject(refused); // CROSSSLOT
        await single.close();
      });

      test('a single node that is taken for a cluster is named too', async () => {
        const node = await startRedis(program);
        const wrong = openRedis(`redis://${node.address}?cluster=true`);
        const message = expect.stringContaining('leave cluster=true out') as string;
        await expect(wrong.get('k')).rejects.toMatchObject({ name: 'StoreRejectedError', message });
        await wrong.close();
        await node.stop();
      });

      test('a wrong password is named, also when a node asks for it later', async () => {
        const login = passwordLogin('kit', 'wrong');
        const wrong = openRedis(url, { login });
        await expect(wrong.get('k')).rejects.toMatchObject({ name: 'StoreAccessError' });
        login.password = 'of-the-kit';
        await wrong.get(await keyOn(masters[0]!));
        login.password = 'wrong';
        await expect(wrong.get(await keyOn(masters[1]!))).rejects.toMatchObject({ name: 'StoreAccessError' });
        login.password = 'of-the-kit';
        expect(await wrong.get(await keyOn(masters[1]!))).toBeUndefined();
        await wrong.close();
      });

      test('the connection to each node is signed for itself', async () => {
        const login = passwordLogin('kit', 'of-the-kit');
        let signed = 0;
        const credentials = () => {
          signed++;
          return login.credentials();
        };
        const counted = openRedis(url, { login: { ...login, credentials, renewAfterMs: 3_600_000 } });
        for (const node of [...masters, ...masters]) await counted.get(await keyOn(node));
        expect(signed).toBe(1 + masters.length); // one more asked for the map
        await counted.close();
      });
    });

    /** The node that has this key of the default collection, and another. */
    async function ownersOf(key: string): Promise<RedisServer[]> {
      const answers = await Promise.all(
        masters.map((node) => node.cli('GET', `default_collection::${key}`).catch((error: unknown) => String(error))),
      );
      const owner = answers.findIndex((answer) => !answer.includes('MOVED'));
      return [masters[owner]!, masters[(owner + 1) % masters.length]!];
    }

    /** A key that this node has. */
    async function keyOn(node: RedisServer): Promise<string> {
      for (const key of keys) if ((await ownersOf(key))[0] === node) return key;
      throw new Error('it has none of the keys');
    }

    /** With a user who lacks something. */
    async function withUser(change: string, action: (store: KeyValueStore) => Promise<void>): Promise<void> {
      const rules = ['on', '>poor', '~*', '-@all', ...REDIS_COMMANDS.map((command) => `+${command}`), change];
      for (const node of masters) await node.cli('ACL', 'SETUSER', 'poor', ...rules);
      const poor = openRedis(url, { login: passwordLogin('poor', 'poor') });
      try {
        await action(poor);
      } finally {
        await poor.close();
      }
    }
  });
});
