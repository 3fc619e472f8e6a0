import { secretCredentials } from '../../../../lambda/store/credentials/secret-credentials.ts';
import type { Login } from '../../../../lambda/store/redis/connection.ts';
import { iamLogin, secretLogin } from '../../../../lambda/store/redis/login.ts';
import type { RedisStore } from '../../../../lambda/store/redis/redis-store.ts';
import { type Certificates, makeCertificates } from '../../../support/servers/certificates.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { type RedisServer, startRedis } from '../../../support/servers/redis.ts';
import { openRedis } from './opening.ts';

const HOUR = 3_600_000;
const iam = { kind: 'iam', username: 'kit', cache: 'notes', serverless: true, region: 'eu-central-1' } as const;
const keys = { accessKeyId: 'AKID', secretAccessKey: 'secret' };

describeWith('redis', 'how a connection proves who it is', (program) => {
  let certificates: Certificates;
  let server: RedisServer;
  let store: RedisStore;

  beforeAll(async () => {
    certificates = makeCertificates();
    // It takes any password, as a token has to be another one each time.
    server = await startRedis(program, { certificates, users: ['user kit on nopass ~* +@all'] });
  });
  afterAll(async () => {
    await server.stop();
    certificates.remove();
  });
  beforeEach(() => server.cli('CONFIG', 'RESETSTAT'));
  afterEach(async () => {
    jest.useRealTimers();
    await store.close();
    await server.cli('ACL', 'SETUSER', 'kit', 'resetpass', 'nopass');
  });

  const open = (login: Login): RedisStore =>
    (store = openRedis(`rediss://kit@${server.address}?auth=iam&cache=notes&ca=${certificates.ca}`, { login }));
  const calls = async (command: string): Promise<number> => {
    const stats = await server.cli('INFO', 'commandstats');
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };
  /** Tells each password that is used. */
  const watched = (login: Login): { login: Login; passwords: string[] } => {
    const passwords: string[] = [];
    const credentials: Login['credentials'] = async () => {
      const given = await login.credentials();
      passwords.push(given.password ?? '');
      return given;
    };
    return { login: { ...login, credentials }, passwords };
  };

  describe('with IAM', () => {
    test('every connection is signed anew, with the credentials of the moment', async () => {
      let session = 0;
      const role = () => Promise.resolve({ ...keys, sessionToken: `session-${++session}` });
      const { login, passwords } = watched(iamLogin(iam, role));
      open(login);
      await store.put('k', { n: 1 });
      expect(await store.get('k')).toEqual({ n: 1 });
      await server.cli('CLIENT', 'KILL', 'USER', 'kit');
      expect(await store.get('k')).toEqual({ n: 1 });
      expect(passwords).toHaveLength(2);
      for (const [index, password] of passwords.entries()) {
        expect(password).toMatch(/^notes\/\?Action=connect&User=kit&/);
        expect(password).toContain('ResourceType=ServerlessCache');
        expect(password).toContain(`X-Amz-Security-Token=session-${index + 1}`);
      }
    });

    test('a connection that lives proves itself again before twelve hours are over', async () => {
      jest.useFakeTimers({
        doNotFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'nextTick', 'queueMicrotask', 'Date'],
      });
      const { login, passwords } = watched(iamLogin(iam, keys));
      open(login);
      await store.put('k', { n: 1 });
      const proven = async (count: number): Promise<void> => {
        while ((await calls('auth')) < count) await store.get('k');
      };
      const before = await calls('auth'); // of the administrator
      jest.advanceTimersByTime(5 * HOUR);
      expect(passwords).toHaveLength(1);
      jest.advanceTimersByTime(2 * HOUR);
      expect(passwords.length).toBeLessThanOrEqual(2);
      await proven(before + 1);
      jest.advanceTimersByTime(6 * HOUR);
      await proven(before + 2);
      expect(passwords).toHaveLength(3);
      expect(await calls('hello')).toBe(1); // still the first connection
      await store.close();
      jest.advanceTimersByTime(24 * HOUR);
      expect(passwords).toHaveLength(3);
    });

    test('a connection that may not prove itself again is replaced', async () => {
      const { login, passwords } = watched(iamLogin(iam, keys, 200));
      open(login);
      await store.put('k', { n: 1 });
      await server.cli('ACL', 'SETUSER', 'kit', 'resetpass', '>another');
      while (passwords.length < 2) await store.get('k').catch(() => undefined);
      await expect(
        (async () => {
          for (;;) await store.get('k');
        })(),
      ).rejects.toMatchObject({ name: 'StoreAccessError', message: expect.stringMatching(/WRONGPASS/) as string });
      await server.cli('ACL', 'SETUSER', 'kit', 'resetpass', 'nopass');
      expect(await store.get('k')).toEqual({ n: 1 });
    });

    test('a process without credentials, or without a region', async () => {
      const roleless = () => Promise.reject(Object.assign(new Error('AKIDLEAK'), { name: 'CredentialsProviderError' }));
      open(iamLogin(iam, roleless));
      const error: unknown = await store.get('k').catch((thrown: unknown) => thrown);
      const message = expect.stringMatching(/CredentialsProviderError.*role/) as string;
      expect(error).toMatchObject({ name: 'StoreAccessError', message });
      expect(String(error)).not.toContain('AKIDLEAK');
      await store.close();

      const { AWS_REGION } = process.env;
      delete process.env.AWS_REGION;
      try {
        open(iamLogin({ ...iam, region: undefined }, keys));
        const remedy = expect.stringMatching(/region=/) as string;
        await expect(store.get('k')).rejects.toMatchObject({ name: 'StoreRejectedError', message: remedy });
      } finally {
        process.env.AWS_REGION = AWS_REGION;
      }
    });
  });

  describe('with a secret', () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:notes-AbCdEf';

    test('its password, and after a rotation the new one', async () => {
      await server.cli('ACL', 'SETUSER', 'kit', 'resetpass', '>one');
      let text = '{"username": "kit", "password": "one"}';
      let fetched = 0;
      const fetch = (): Promise<string> => {
        fetched++;
        return Promise.resolve(text);
      };
      let now = Date.now();
      open(secretLogin(secretCredentials(arn, { source: { fetch }, now: () => now }), undefined));
      await store.put('k', { n: 1 });
      now += 10_000; // a secret is not read twice in two seconds
      text = '{"username": "kit", "password": "two"}';
      await server.cli('ACL', 'SETUSER', 'kit', 'resetpass', '>two');
      await server.cli('CLIENT', 'KILL', 'USER', 'kit');
      expect(await store.get('k')).toEqual({ n: 1 });
      expect(fetched).toBe(2);
      expect(await calls('hello')).toBe(3); // with the old one, with what was refused, and with the new one
    });

    test('the user of the URL goes before that of the secret; a bare password is one too', async () => {
      await server.cli('ACL', 'SETUSER', 'kit', 'resetpass', '>one');
      for (const text of ['one', '{"username": "somebody", "password": "one"}']) {
        const source = { fetch: () => Promise.resolve(text) };
        open(secretLogin(secretCredentials(arn, { source }), 'kit'));
        await store.put('k', { n: 1 });
        expect(await store.get('k')).toEqual({ n: 1 });
        await store.close();
      }
    });

    test('a secret that has no password', async () => {
      const source = { fetch: () => Promise.resolve('{"apiKey": "abc"}') };
      open(secretLogin(secretCredentials(arn, { source }), 'kit'));
      const message = expect.stringMatching(/"password"/) as string;
      await expect(store.get('k')).rejects.toMatchObject({ name: 'StoreAccessError', message });
    });
  });
});
