import { setTimeout as sleep } from 'node:timers/promises';

import { REDIS_COMMANDS } from '../../../lambda/store/redis/commands.ts';
import { ACCOUNT, CREDENTIALS, REGION } from '../../local-cloud/environment.ts';
import { LocalElastiCache } from '../../local-cloud/local-elasticache.ts';
import { type Certificates, makeCertificates } from '../../support/servers/certificates.ts';
import { describeWith } from '../../support/servers/programs.ts';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../../support/servers/redis.ts';
import { startTurnProxy, type TurnProxy } from '../../support/turn-proxy.ts';
import { userLine } from '../store/redis/opening.ts';
import { type KitSession, type LocalSecret, openKit, startSecret } from './kit-session.ts';

const TOKENS = { collection: 'notes__tokens' };
const USER = userLine('notes', 'hunter2', 'notes__', REDIS_COMMANDS);

async function everyVerb(kit: KitSession, count = 3): Promise<void> {
  const keys = Array.from({ length: count }, (_, index) => `key-${index}`);
  expect(await kit.call('put', 'one', { n: 1 }, { ...TOKENS, ttl: 60 })).toEqual({ is: null });
  expect(await kit.call('ttl', 'one', TOKENS)).toMatchObject({ is: [{ n: 1 }, expect.any(Number)] });
  expect(
    await kit.call(
      'put_many',
      keys,
      keys.map((key) => ({ key })),
      TOKENS,
    ),
  ).toEqual({ is: null });
  expect(await kit.call('get_many', keys, TOKENS)).toEqual({ is: keys.map((key) => ({ key })) });
  expect(await kit.call('delete', 'one', TOKENS)).toEqual({ is: true });
  expect(await kit.call('get', 'one', TOKENS)).toEqual({ is: null });
  expect(await kit.call('delete_many', [...keys, 'none'], TOKENS)).toEqual({ is: count });
}

describeWith('valkey', 'mcp_kit on Valkey: TLS, and a user with the access string of a server', (program) => {
  let certificates: Certificates;
  let server: RedisServer;
  let secret: LocalSecret;
  beforeAll(async () => {
    certificates = makeCertificates();
    server = await startRedis(program, { certificates, users: [USER] });
  });
  afterAll(async () => {
    await server.stop();
    certificates.remove();
  });
  beforeEach(async () => {
    secret = await startSecret('{"username":"notes","password":"hunter2"}');
  });
  afterEach(() => secret.stop());

  const url = (ca = certificates.ca): string => `valkeys://${server.address}?secret=${secret.arn}&ca=${ca}`;
  const using = async (address: string, action: (kit: KitSession) => Promise<void>): Promise<void> => {
    const kit = openKit(address, secret.env);
    try {
      await action(kit);
    } finally {
      await kit.stop();
    }
  };

  test('every verb, with the commands that are granted; the secret is read once', async () => {
    await using(url(), (kit) => everyVerb(kit));
    expect(secret.asked).toBe(1);
  });

  test('rows of another server are refused', async () => {
    await using(url(), async (kit) => {
      const outcome = await kit.call('get', 'CANARY', { collection: 'weather__tokens' });
      expect(outcome.fault).toMatch(/^StoreFault: valkeys localhost: GET: NoPermissionError/);
      expect(outcome.fault).not.toContain('CANARY');
    });
  });

  test('a password that was rotated is looked up again, in the same call', async () => {
    await using(url(), async (kit) => {
      expect(await kit.call('put', 'k', { n: 1 }, TOKENS)).toEqual({ is: null });
      await server.cli('ACL', 'SETUSER', 'notes', 'resetpass', '>hunter3');
      await server.cli('CLIENT', 'KILL', 'USER', 'notes');
      secret.text = '{"username":"notes","password":"hunter3"}';
      await sleep(2_000); // the pause in which it is not asked for again
      expect(await kit.call('get', 'k', TOKENS)).toEqual({ is: { n: 1 } });
      expect(secret.asked).toBe(2);
    });
    await server.cli('ACL', 'SETUSER', 'notes', 'resetpass', '>hunter2');
  }, 30_000);

  test.each(['{"username":"notes","password":"CANARY"}', '{"username":"nobody","password":"CANARY"}', 'CANARY'])(
    'a wrong password is a fault without it: %s',
    async (text) => {
      secret.text = text;
      await using(url(), async (kit) => {
        const { fault } = await kit.call('get', 'k', TOKENS);
        expect(fault).toMatch(/^StoreFault: .*AuthenticationError/);
        expect(fault).not.toContain('CANARY');
      });
    },
    30_000,
  );

  test('a secret that cannot be read, or has no password, is a fault that names it', async () => {
    secret.text = '{"user":"CANARY"}';
    await using(url(), async (kit) => {
      const { fault } = await kit.call('get', 'k', TOKENS);
      expect(fault).toMatch(/^StoreFault: .*secret arn:aws:secretsmanager:.*neither a "password" nor an "apiKey"/);
      expect(fault).not.toContain('CANARY');
    });
  });

  test('a server whose certificate another authority has signed is not spoken to', async () => {
    await using(url(certificates.strangerCa), async (kit) => {
      expect((await kit.call('get', 'k', TOKENS)).fault).toMatch(/^StoreFault: valkeys localhost: GET: /);
    });
  }, 30_000);
});

describeWith('redis', 'mcp_kit on Redis: servers that fail', (program) => {
  let server: RedisServer;
  let proxy: TurnProxy;
  let kit: KitSession;
  beforeAll(async () => {
    server = await startRedis(program);
    proxy = await startTurnProxy(server.port);
    kit = openKit(`redis://127.0.0.1:${proxy.port}`);
  });
  afterAll(async () => {
    await kit.stop();
    await proxy.stop();
    await server.stop();
  });
  beforeEach(() => {
    proxy.reset();
  });

  test('a call is one turn, and a greeting none', async () => {
    await kit.call('put', 'k', { n: 1 }, TOKENS);
    proxy.reset();
    await kit.call('get', 'k', TOKENS);
    await kit.call('put', 'k', { n: 2 }, TOKENS);
    expect(proxy.turns).toHaveLength(2);
  });

  test('connections that were cut are made again, in the same call', async () => {
    proxy.cut();
    expect(await kit.call('get', 'k', TOKENS)).toEqual({ is: { n: 2 } });
  });

  test('a server that does not answer is a fault within eight seconds, never "not found"', async () => {
    proxy.inject(() => ({ kind: 'hang' }));
    expect((await kit.call('get', 'k', TOKENS)).fault).toMatch(/^StoreFault: redis/);
    proxy.reset();
    expect(await kit.call('get', 'k', TOKENS)).toEqual({ is: { n: 2 } });
  }, 30_000);

  test('what is no entry is a fault, never "not found"', async () => {
    await server.cli('SET', 'notes__tokens::broken', 'CANARY');
    const { fault } = await kit.call('get', 'broken', TOKENS);
    expect(fault).toBe('StoreFault: redis 127.0.0.1: what is stored is no entry');
  });

  test('memory that is full is told by its code', async () => {
    await server.cli('CONFIG', 'SET', 'maxmemory', '1');
    expect((await kit.call('put', 'k', { n: 3 }, TOKENS)).fault).toMatch(
      /^StoreFault: redis 127\.0\.0\.1: SET: OutOfMemoryError/,
    );
    await server.cli('CONFIG', 'SET', 'maxmemory', '0');
  });
});

describeWith('valkey', 'mcp_kit on a cluster of Valkey', (program) => {
  let certificates: Certificates;
  let cluster: RedisCluster;
  let secret: LocalSecret;
  beforeAll(async () => {
    certificates = makeCertificates();
    cluster = await startRedisCluster(program, { certificates, users: [USER] });
    secret = await startSecret('{"username":"notes","password":"hunter2"}');
  }, 60_000);
  afterAll(async () => {
    await secret.stop();
    await cluster.stop();
    certificates.remove();
  });

  test('every verb on keys of all nodes, with the commands that are granted', async () => {
    const url = `valkeys://${cluster.nodes[0]?.address}?cluster=true&secret=${secret.arn}&ca=${certificates.ca}`;
    const kit = openKit(url, secret.env);
    try {
      await everyVerb(kit, 50);
    } finally {
      await kit.stop();
    }
  }, 60_000);
});

describeWith('valkey', 'mcp_kit on ElastiCache Serverless, with IAM', (program) => {
  let cache: LocalElastiCache;
  beforeAll(async () => {
    cache = await LocalElastiCache.start(program);
    await cache.admit('notes', `on ~notes__* -@all ${REDIS_COMMANDS.map((name) => `+${name}`).join(' ')}`, 'cache');
  }, 60_000);
  afterAll(() => cache.stop());

  const env = {
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
  };
  const url = (name = 'cache'): string =>
    `valkeys://notes@${cache.endpoint}?auth=iam&cache=${name}&serverless=true&cluster=true&ca=${cache.certificates.ca}`;

  test('every connection shows a token of its own, signed for the cache and the user', async () => {
    const kit = openKit(url(), env);
    try {
      await everyVerb(kit, 20);
      expect(cache.refused).toEqual([]);
      const before = cache.admitted.length;
      expect(before).toBeGreaterThan(0);
      await cache.command('CLIENT', 'KILL', 'USER', 'notes');
      await sleep(1_000); // tokens carry a date in seconds
      await everyVerb(kit);
      const later = cache.admitted.slice(before);
      expect(later.length).toBeGreaterThan(0);
      expect(cache.admitted.slice(0, before)).not.toEqual(expect.arrayContaining(later));
    } finally {
      await kit.stop();
    }
  }, 60_000);

  test('a token for another cache does not get in', async () => {
    const kit = openKit(url('other'), env);
    try {
      expect((await kit.call('get', 'k', TOKENS)).fault).toMatch(/^StoreFault: /);
      expect(cache.refused).toContain('signed for the cache other');
    } finally {
      await kit.stop();
    }
  }, 60_000);
});
