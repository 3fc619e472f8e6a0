import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { findProgram } from '../support/servers/programs.ts';
import { admitDeployed } from './admit-deployed.ts';
import { describeOnCloud } from './available.ts';
import { WEATHER_TOOLS, writeChangedWeather } from './changed-examples.ts';
import { refuseToken } from './elasticache-token.ts';
import { testEveryClient } from './every-client.ts';
import { LocalCloud } from './local-cloud.ts';
import { LocalElastiCache } from './local-elasticache.ts';
import { expectRolledBack } from './rolled-back.ts';
import { SideBySideStack } from './side-by-side-stack.ts';

jest.setTimeout(240_000);

const { program = findProgram('redis').program, missing } = findProgram('valkey');
const STORAGES = [...(program === undefined ? [] : ['valkey']), 'memory'];

/** What the emulator records without provisioning it; the cache itself is real. */
const STUBS =
  program === undefined ? [] : ['AWS::EC2::FlowLog', 'AWS::EC2::SecurityGroupEgress', 'AWS::EC2::SecurityGroupIngress'];

/** One life of a stack: each test goes on where the one before ended. */
describeOnCloud(`TypeScript on Lambda, on ${STORAGES.join(' and on ')}, on the local cloud`, () => {
  let cache: LocalElastiCache | undefined;
  let cloud: LocalCloud;
  let changed: string;

  const stack = new SideBySideStack({
    storages: STORAGES,
    cloud: () => cloud,
    context: () => ({ auth: 'none', entry: join(changed, 'server.ts') }),
  });
  const recall = (storage: string): Promise<string> => stack.call(storage, 'recall_place', { label: 'home' });

  beforeAll(async () => {
    changed = writeChangedWeather();
    cache = program && (await LocalElastiCache.start(program));
    cloud = await LocalCloud.start(
      cache && {
        environment: {
          LOCAL_CLOUD_CACHE: cache.endpoint,
          NODE_EXTRA_CA_CERTS: cache.certificates.ca, // as Lambda trusts Amazon's authorities
        },
      },
    );
    await cloud.bootstrap();
    await stack.deploy('first');
    if (cache) await admitDeployed(cloud, cache, stack.outputs.valkeyStore ?? '');
  });
  afterAll(async () => {
    await cloud.stop();
    await cache?.stop();
    rmSync(changed, { recursive: true, force: true });
  });

  describe.each(STORAGES)('%s', (storage) => {
    test('a tool stores an entry', async () => {
      expect(await recall(storage)).toContain('Nothing is remembered');
      const args = { label: 'home', city: 'Berlin' };
      expect(await stack.call(storage, 'remember_place', args)).toContain('Berlin');
    });

    testEveryClient('uses the tools, and finds the entry', () => ({
      url: stack.urlOf(storage),
      tools: WEATHER_TOOLS,
      calls: [
        ['climate', { city: 'Tokyo', month: 7 }],
        ['recall_place', { label: 'home' }],
        ['release', {}],
      ],
      results: ['Tokyo in Jul: 26 °C', 'berlin', 'first'],
    }));
  });

  const describeOnCache = program === undefined ? describe.skip : describe;
  describeOnCache(program ? 'the cache' : `skipped: no valkey: ${missing ?? ''}`, () => {
    test('has the entry, which came through TLS, with a token of IAM and the access string that was deployed', async () => {
      expect(await cache!.command('KEYS', '*')).toEqual(['weather-valkey__places::everyone/home']);
      const text = String(await cache!.command('GET', 'weather-valkey__places::everyone/home'));
      const entry = { collection: 'weather-valkey__places', key: 'everyone/home', value: { city: 'berlin' } };
      expect(JSON.parse(text)).toMatchObject(entry);
      expect(cache!.admitted.length).toBeGreaterThan(0);
      expect(cache!.refused).toEqual([]);
    });

    test.each([
      ['another user', (token: string) => token.replace(/User=[^&]+/, 'User=somebody')],
      ['another cache', (token: string) => `x${token}`],
      ['another time', (token: string) => token.replace(/Date=\d{8}T\d{6}/, 'Date=20200101T000000')],
      ['a longer life', (token: string) => token.replace('Expires=900', 'Expires=901')],
      ['another signature', (token: string) => token.replace(/Signature=./, 'Signature=x')],
    ])('the check of tokens is awake: %s', (_what, change) => {
      const token = cache!.admitted[0]!;
      const store = new URL(stack.outputs.valkeyStore ?? '');
      const name = store.searchParams.get('cache') ?? '';
      expect(refuseToken(token, store.username, name)).toBeUndefined();
      expect(refuseToken(change(token), store.username, name)).toBeDefined();
    });

    test('lets the user of the server reach its own namespace only', async () => {
      const { username } = new URL(stack.outputs.valkeyStore ?? '');
      const dryRun = (...words: string[]): Promise<unknown> =>
        cache!.command('ACL', 'DRYRUN', username, ...words).catch((error: unknown) => String(error));
      expect(await dryRun('GET', 'weather-valkey__places::everyone/home')).toBe('OK');
      expect(await dryRun('GET', 'notes__places::everyone/home')).toMatch(/no permissions/i);
      expect(await dryRun('FLUSHALL')).toMatch(/no permissions/i);
    });
  });

  test('what was only recorded is told', () => {
    expect(cloud.stubbed).toEqual(STUBS);
  });

  test('an update changes each server; what is in the cache stays, what was in a process is gone', async () => {
    await stack.deploy('second');
    expect(await stack.releases()).toEqual(STORAGES.map(() => 'second'));
    for (const storage of STORAGES) {
      expect(await recall(storage)).toContain(storage === 'memory' ? 'Nothing is remembered' : 'berlin');
    }
  });

  test('an update that fails is rolled back: each server answers as before, and the cache has what it had', async () => {
    const output = await expectRolledBack({
      deploy: () => stack.deploy('third', { fail: 'true' }),
      ask: async () => ({
        releases: await stack.releases(),
        entries: await Promise.all(STORAGES.filter((storage) => storage !== 'memory').map(recall)),
        keys: await cache?.command('KEYS', '*'),
      }),
      answers: {
        releases: STORAGES.map(() => 'second'),
        entries: cache ? ['berlin'] : [],
        keys: cache && ['weather-valkey__places::everyone/home'],
      },
    });
    // Each function was updated, and then back.
    expect(output.match(/UPDATE_COMPLETE +\| AWS::Lambda::Function /g)).toHaveLength(2 * STORAGES.length);
    // Memory works on, in a process that knows nothing of the one before.
    await stack.call('memory', 'remember_place', { label: 'home', city: 'Lima' });
    expect(await recall('memory')).toContain('lima');
  });

  test('destroy takes all servers away', async () => {
    const urls = STORAGES.map((storage) => stack.urlOf(storage));
    await stack.destroy();
    const answers = await Promise.all(urls.map((url) => fetch(url, { method: 'POST' })));
    expect(answers.map(({ status }) => status)).toEqual(STORAGES.map(() => 404));
  });
});
