import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

import { findProgram } from '../support/servers/programs.ts';
import { referee, REQUIREMENTS } from '../conformance/referee.ts';
import { admitDeployed } from './admit-deployed.ts';
import { describeOnCloud, testInContainers } from './available.ts';
import { WEATHER_TOOLS, writeChangedWeather } from './changed-examples.ts';
import { callTool, checkWeather } from './check-client.ts';
import { testEveryClient } from './every-client.ts';
import { LocalFargate } from './fargate/local-fargate.ts';
import { Load } from './load.ts';
import { CdkError, LocalCloud } from './local-cloud.ts';
import { LocalElastiCache } from './local-elasticache.ts';
import { ROOT } from './paths.ts';
import { expectRolledBack } from './rolled-back.ts';
import { SideBySideStack } from './side-by-side-stack.ts';
import { testUpdatesSideBySide } from './side-by-side-updates.ts';

jest.setTimeout(120_000);

const ERAS = ['modern', 'legacy'] as const;
const IMAGE_APP = 'tsx test/local-cloud/image-app.ts';
const PROBE = join(__dirname, 'fargate', 'probe');
const CHANGED_APP = 'tsx test/local-cloud/changed-app.ts';
const { program: valkey = findProgram('redis').program } = findProgram('valkey');
const testOnCache = valkey === undefined ? test.skip : test;
/** What has servers of its own beside the one on DynamoDB. */
const STORAGES = [...(valkey === undefined ? [] : ['valkey']), 'memory'];

/** One life of a stack on Fargate: each test goes on where the one before ended. */
describeOnCloud('the app on Fargate, on the local cloud', () => {
  let cache: LocalElastiCache | undefined;
  let fargate: LocalFargate;
  let cloud: LocalCloud;
  let outputs: Readonly<Record<string, string>>;
  let mcpUrl: string;
  let changed: string;

  const context = (storage: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    ...{ auth: 'none', compute: 'fargate', architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64' },
    ...{ baseImage: fargate.baseImages.node, removal: 'destroy', storage, stopTimeout: '30' },
    ...more,
  });
  const entry = (): string => join(changed, 'server.ts');
  const update = async (release: string, more: Readonly<Record<string, string>> = {}): Promise<void> => {
    await cloud.deploy({
      stack: 'McpKit',
      app: CHANGED_APP,
      context: context('dynamodb', { entry: entry(), release, ...more }),
    });
  };

  beforeAll(async () => {
    changed = writeChangedWeather();
    cache = valkey && (await LocalElastiCache.start(valkey));
    const authorities = cache?.certificates.ca;
    fargate = await LocalFargate.start({
      ...(authorities !== undefined && { environment: { NODE_EXTRA_CA_CERTS: authorities }, files: [authorities] }),
    });
    cloud = await LocalCloud.start({ fargate, ...(cache && { environment: { LOCAL_CLOUD_CACHE: cache.endpoint } }) });
    await cloud.bootstrap();
    outputs = await cloud.deploy({ stack: 'McpKit', context: context('dynamodb', { entry: entry() }) });
    mcpUrl = cloud.reach(outputs.Url ?? '');
  });
  afterAll(async () => {
    await cloud.stop();
    await fargate.stop();
    await cache?.stop();
    rmSync(changed, { recursive: true, force: true });
  });

  test('tasks run in containers, hardened, or as processes where this machine can run none', () => {
    const how = fargate.kind === 'container' ? 'containers (podman)' : `processes, since ${fargate.reason ?? ''}`;
    process.stderr.write(
      `TypeScript on Fargate: tasks are ${how}; the balancer and the APIs of AWS are played, Valkey is real\n`,
    );
    expect(fargate.tasks()).toHaveLength(2);
    const [{ definition }] = fargate.tasks() as [ReturnType<LocalFargate['tasks']>[number]];
    expect(definition).toMatchObject({ user: '1000:1000', readonlyRoot: true });
    expect(outputs.Url).toMatch(/^http:\/\/.+\.elb\.amazonaws\.com\/mcp$/);
  });

  test.each(ERAS)('the official client uses tools, resource and prompt through the balancer: %s', async (era) => {
    const report = await checkWeather(mcpUrl, era);
    expect(report.tools).toEqual(WEATHER_TOOLS);
    expect(report.climate).toBe('Tokyo in Jul: 26 °C');
    expect(report.cities).toContain('berlin');
    expect(report.prompt).toContain('Tokyo');
  });

  test('what one task stores the other finds, as rows of the table in the layout of py-key-value', async () => {
    expect(await callTool(mcpUrl, 'remember_place', { label: 'home', city: 'Berlin' })).toContain('Berlin');
    for (let index = 0; index < 4; index++) {
      expect(await callTool(mcpUrl, 'recall_place', { label: 'home' })).toContain('berlin'); // the balancer takes turns
    }
    const dynamoDb = new DynamoDBClient(cloud.clientConfig);
    const { Items } = await dynamoDb.send(new ScanCommand({ TableName: new URL(outputs.Store ?? '').hostname }));
    dynamoDb.destroy();
    expect(Items).toMatchObject([{ collection: { S: 'weather__places' }, key: { S: 'everyone/home' } }]);
  });

  testEveryClient('calls either task, finds the entry, and gets progress as it is made', () => ({
    url: mcpUrl,
    tools: WEATHER_TOOLS,
    calls: [
      ['climate', { city: 'Tokyo', month: 7 }],
      ['recall_place', { label: 'home' }],
      ['recall_place', { label: 'home' }],
      ['year', { city: 'Berlin', delayMs: 60 }],
    ],
    results: ['Tokyo in Jul: 26 °C', 'berlin', 'berlin', expect.stringContaining('Dec') as string],
    progress: 60,
  }));

  test('a new version rolls out under load: no call fails, no stream is cut, SIGTERM drains', async () => {
    const load = new Load(mcpUrl, {
      call: { name: 'release', arguments: {} },
      stream: { name: 'year', arguments: { city: 'Berlin', delayMs: 100 } },
      streamed: (text) => text.split('\n').length === 12,
    });
    const before = fargate.tasks();
    await update('second');
    const { calls, streams, answers, problems } = await load.stop();
    process.stderr.write(`TypeScript's rollout: ${calls} calls, ${streams} streams, ${problems.length} failed\n`);
    expect(problems).toEqual([]);
    expect(fargate.balancers.failures).toEqual([]);
    expect(answers).toEqual(['first', 'second']);
    expect(streams).toBeGreaterThan(2);
    expect(before.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await callTool(mcpUrl, 'release', {})).toBe('second');
    expect(await callTool(mcpUrl, 'recall_place', { label: 'home' })).toContain('berlin');
  });

  // The words of ECS and the status of the stack are as AWS has them; the lines that the task printed are the emulation's.
  test('a version that cannot start is rolled back; the one before serves on, its rows intact', async () => {
    writeFileSync(entry(), BROKEN);
    const output = await expectRolledBack({
      deploy: () => update('third'),
      ask: async () => ({
        release: await callTool(mcpUrl, 'release', {}),
        places: [await callTool(mcpUrl, 'recall_place', { label: 'home' })],
      }),
      answers: { release: 'second', places: ['berlin'] },
    });
    expect(output).toContain('Circuit Breaker');
    expect(output).toContain('the configuration of release third is missing'); // AWS shows it in the log group only
  });

  test('both required sets of the conformance suite pass in its containers, through the balancer', async () => {
    const fixtures = { entry: join(ROOT, 'examples', 'conformance', 'server.ts') };
    const deployed = await cloud.deploy({ stack: 'McpKit', context: context('memory', fixtures) });
    for (const requirements of REQUIREMENTS) {
      const folder = mkdtempSync(join(tmpdir(), 'conformance-fargate-'));
      const outcome = await referee('fargate', cloud.reach(deployed.Url ?? ''), requirements, folder);
      rmSync(folder, { recursive: true, force: true });
      const { revision, passed, failed, failing } = outcome;
      process.stderr.write(
        `Conformance on Fargate, ${revision}: ${passed} checks passed, ${failed} failed; required that fail: ${failing.join(', ') || 'none'}\n`,
      );
      expect(outcome).toMatchObject({ exitCode: 0 });
      expect(passed).toBeGreaterThan(50);
    }
    expect(fargate.balancers.failures).toEqual([]);
  });

  test('destroy ends the tasks', async () => {
    await cloud.destroy('McpKit');
    expect(fargate.tasks()).toEqual([]);
  });

  describe(`a second stack: on ${STORAGES.join(' and on ')}`, () => {
    const beside = new SideBySideStack({
      storages: STORAGES,
      cloud: () => cloud,
      context: () => context('', { entry: entry() }),
    });
    const remember = (storage: string, city: string): Promise<string> =>
      beside.call(storage, 'remember_place', { label: 'home', city });
    const recall = (storage: string): Promise<string> => beside.call(storage, 'recall_place', { label: 'home' });

    beforeAll(async () => {
      rmSync(changed, { recursive: true, force: true });
      changed = writeChangedWeather();
      await beside.deploy('first');
      if (cache) await admitDeployed(cloud, cache, beside.outputs.valkeyStore ?? '');
    });

    describe.each(STORAGES)('%s', (storage) => {
      test('it has as many tasks as its storage can have', async () => {
        expect(fargate.tasks(beside.outputs[`${storage}Service`])).toHaveLength(storage === 'memory' ? 1 : 2);
        expect(await remember(storage, 'Lima')).toContain('Lima');
      });

      testEveryClient('calls it, and finds the entry', () => ({
        url: beside.urlOf(storage),
        tools: WEATHER_TOOLS,
        calls: [
          ['recall_place', { label: 'home' }],
          ['recall_place', { label: 'home' }],
          ['release', {}],
        ],
        results: ['lima', 'lima', 'first'],
      }));
    });

    testOnCache(
      'the entry is in Valkey, through TLS with a token of IAM, by the access string that was deployed',
      async () => {
        expect(await cache!.command('KEYS', '*')).toEqual(['weather-valkey__places::everyone/home']);
        expect(cache!.admitted.length).toBeGreaterThan(0);
        expect(cache!.refused).toEqual([]);
      },
    );

    testUpdatesSideBySide({
      fargate: () => fargate,
      stack: beside,
      read: recall,
      nothing: 'Nothing is remembered',
      stored: 'lima',
    });

    test('on memory, the successor of a task knows nothing', async () => {
      expect(await remember('memory', 'Berlin')).toContain('Remembered');
      expect(await recall('memory')).toBe('berlin');
      const service = beside.outputs.memoryService;
      await fargate.tasks(service)[0]!.kill();
      await fargate.service(service).scale(1);
      expect(await recall('memory')).toContain('Nothing is remembered');
    });

    test('destroy ends the tasks of all', async () => {
      await beside.destroy();
      expect(fargate.tasks()).toEqual([]);
    });
  });

  describe('what cannot work is refused with its cause', () => {
    const refused = async (more: Readonly<Record<string, string>>): Promise<string> => {
      const options = { stack: 'Bad', app: IMAGE_APP, context: context('memory', more) };
      const failure: unknown = await cloud.deploy(options).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(CdkError);
      expect(fargate.services.size).toBe(0);
      return (failure as CdkError).output;
    };

    // That the deployment fails is AWS's way; what the task answered and printed is said by the emulation only.
    test('an image whose container is unhealthy: what it answers', async () => {
      const output = await refused({ image: PROBE, release: 'sick' });
      expect(output).toContain('health checks failed with these codes: [500] the store is not reachable');
    });

    test('an image whose container ends: its last lines', async () => {
      const output = await refused({ image: PROBE, release: 'dead' });
      expect(output).toContain('Error: no configuration for release dead');
      expect(output).toContain('exit code 1');
    });

    test('a server whose port is taken: the port, and what to do', async () => {
      writeFileSync(entry(), PORT_TAKEN);
      expect((await refused({ entry: entry() })).replaceAll(/\s+/g, ' ')).toMatch(/Port 8080 on [\d.]+ is in use/);
    });

    testInContainers('a Dockerfile that fails: what the build said', async () => {
      writeFileSync(
        join(changed, 'Dockerfile'),
        'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo no compiler here >&2; exit 3\n',
      );
      const output = await refused({ image: changed, release: 'none' });
      expect(output).toContain('no compiler here');
      expect(output).toMatch(/exit status 3|status 3|code 3/);
    });
  });
});

const PORT_TAKEN = `import { createServer } from 'node:http';
import { McpServer } from '@modelcontextprotocol/server';
import { serve } from '${join(ROOT, 'lambda', 'serve.ts')}';
createServer().listen(Number(process.env.PORT), process.env.HOST);
export default serve(() => new McpServer({ name: 'taken', version: '1.0.0' }));
`;

const BROKEN = `import { serve } from '${join(ROOT, 'lambda', 'serve.ts')}';
throw new Error('the configuration of release ' + process.env.RELEASE + ' is missing');
export default serve(() => { throw new Error(); });
`;
