import type { KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { REDIS_COMMANDS } from '../../../../lambda/store/redis/commands.ts';
import { PrefixCollections } from '../../../../lambda/store/wrappers/prefix-collections.ts';
import { type Certificates, makeCertificates } from '../../../support/servers/certificates.ts';
import { describeWith, type ProgramName } from '../../../support/servers/programs.ts';
import { type RedisServer, startRedis } from '../../../support/servers/redis.ts';
import { everyVerb } from './every-verb.ts';
import { openRedis, passwordLogin, userLine } from './opening.ts';

/** Two servers, `notes` and `weather`, of one Redis: each has a user whose access string names its own keys. */
describe.each<ProgramName>(['redis', 'valkey'])('%s', (name) => {
  describeWith(name, 'two servers, one store', (program) => {
    let certificates: Certificates;
    let server: RedisServer;

    beforeAll(async () => {
      certificates = makeCertificates();
      const users = ['notes', 'weather'].map((user) => userLine(user, `of-${user}`, `${user}__`, REDIS_COMMANDS));
      server = await startRedis(program, { certificates, users });
    });
    afterAll(async () => {
      await server.stop();
      certificates.remove();
    });

    const open = (user: string, prefix = user): KeyValueStore => {
      const url = `rediss://${server.address}?ca=${certificates.ca}`;
      return new PrefixCollections(openRedis(url, { login: passwordLogin(user, `of-${user}`) }), { prefix });
    };
    const using = async (store: KeyValueStore, action: (store: KeyValueStore) => Promise<unknown>): Promise<void> => {
      try {
        await action(store);
      } finally {
        await store.close();
      }
    };

    test('every verb works with the commands that are granted, on the own keys', async () => {
      await using(open('notes'), everyVerb);
    });

    test('the same key of two servers is two entries', async () => {
      await using(open('notes'), (store) => store.put('k', { of: 'notes' }));
      await using(open('weather'), async (store) => {
        expect(await store.get('k')).toBeUndefined();
        await store.put('k', { of: 'weather' });
      });
      await using(open('notes'), async (store) => {
        expect(await store.get('k')).toEqual({ of: 'notes' });
      });
    });

    test.each<[string, (store: KeyValueStore) => Promise<unknown>]>([
      ['get', (store) => store.get('k')],
      ['getMany', (store) => store.getMany(['k', 'l'])],
      ['put', (store) => store.put('k', { n: 1 })],
      ['putMany', (store) => store.putMany(['k', 'l'], [{ n: 1 }, { n: 1 }])],
      ['delete', (store) => store.delete('k')],
      ['deleteMany', (store) => store.deleteMany(['k', 'l'])],
      ['take', (store) => store.take('k')],
      ['putIfAbsent', (store) => store.putIfAbsent('absent', { n: 1 })],
      ['compareAndSet', (store) => store.compareAndSet('k', 'a-version', { n: 1 })],
    ])('%s on a foreign key is refused by the server itself', async (_name, call) => {
      await using(open('weather'), (store) => store.put('k', { of: 'weather' }));
      await using(open('notes', 'weather'), async (store) => {
        const error: unknown = await call(store).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ name: 'StoreAccessError', retryable: false });
        expect(String(error)).toMatch(/NOPERM/);
        expect(String(error)).not.toMatch(/weather__|default_collection|::k/);
      });
      await using(open('weather'), async (store) => {
        expect(await store.get('k')).toEqual({ of: 'weather' });
      });
    });

    // What only clusters need is taken away in the tests of the cluster.
    test.each(REDIS_COMMANDS.filter((command) => !['asking', 'cluster|slots'].includes(command)))(
      'without %s something is refused',
      async (command) => {
        await server.cli('SCRIPT', 'FLUSH');
        await server.cli('ACL', 'SETUSER', 'notes', `-${command}`);
        try {
          await using(open('notes'), async (store) => {
            await expect(everyVerb(store)).rejects.toMatchObject({ name: 'StoreAccessError' });
          });
        } finally {
          await server.cli('ACL', 'SETUSER', 'notes', `+${command}`);
        }
      },
    );

    test('a user that does not exist, and none at all', async () => {
      await using(open('nobody'), async (store) => {
        const message = expect.stringContaining('WRONGPASS') as string;
        await expect(store.get('k')).rejects.toMatchObject({ name: 'StoreAccessError', message });
      });
      const nameless = openRedis(`rediss://${server.address}?ca=${certificates.ca}`);
      await using(nameless, async (store) => {
        const message = expect.stringMatching(/secret=ARN or auth=iam.*NOAUTH/) as string;
        await expect(store.get('k')).rejects.toMatchObject({ name: 'StoreAccessError', message });
      });
    });
  });
});
