import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeUsersCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';

import { findProgram } from '../support/servers/programs.ts';
import { describeOnCloud } from './available.ts';
import { callTool, callWithProgress, checkWeather, connect } from './check-client.ts';
import { LocalFargate } from './fargate/local-fargate.ts';
import { CdkError, LocalCloud } from './local-cloud.ts';
import { LocalElastiCache } from './local-elasticache.ts';
import { ROOT } from './paths.ts';

jest.setTimeout(120_000);

const ERAS = ['modern', 'legacy'] as const;
const TOOLS = ['climate', 'year', 'remember_place', 'recall_place'];
const CHANGED_APP = 'tsx test/local-cloud/changed-app.ts';
const { program: valkey = findProgram('redis').program } = findProgram('valkey');
const testOnCache = valkey === undefined ? test.skip : test;

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
  const update = async (release: string, more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const entry = join(changed, 'server.ts');
    await cloud.deploy({
      stack: 'McpKit',
      app: CHANGED_APP,
      context: context('dynamodb', { entry, release, ...more }),
    });
  };

  beforeAll(async () => {
    changed = writeChangedServer();
    cache = valkey && (await LocalElastiCache.start(valkey));
    const authorities = cache?.certificates.ca;
    fargate = await LocalFargate.start({
      ...(authorities !== undefined && { environment: { NODE_EXTRA_CA_CERTS: authorities }, files: [authorities] }),
    });
    cloud = await LocalCloud.start({ fargate, ...(cache && { environment: { LOCAL_CLOUD_CACHE: cache.endpoint } }) });
    await cloud.bootstrap();
    outputs = await cloud.deploy({ stack: 'McpKit', context: context('dynamodb') });
    mcpUrl = cloud.reach(outputs.Url ?? '');
  });
  afterAll(async () => {
    await cloud.stop();
    await fargate.stop();
    await cache?.stop();
    rmSync(changed, { recursive: true, force: true });
  });

  test('tasks run in containers, hardened, or as processes where this machine can run none', () => {
    process.stderr.write(
      `Fargate's tasks: ${fargate.kind}${fargate.reason === undefined ? '' : `, since ${fargate.reason}`}\n`,
    );
    expect(fargate.tasks()).toHaveLength(2);
    const [{ definition }] = fargate.tasks() as [ReturnType<LocalFargate['tasks']>[number]];
    expect(definition).toMatchObject({ user: '1000:1000', readonlyRoot: true });
    expect(outputs.Url).toMatch(/^http:\/\/.+\.elb\.amazonaws\.com\/mcp$/);
  });

  test.each(ERAS)('the official client uses tools, resource and prompt through the balancer: %s', async (era) => {
    const report = await checkWeather(mcpUrl, era);
    expect(report.tools).toEqual(TOOLS);
    expect(report.climate).toBe('Tokyo in Jul: 26 °C');
    expect(report.cities).toContain('berlin');
    expect(report.prompt).toContain('Tokyo');
  });

  test('progress streams through the balancer as it comes', async () => {
    const client = await connect(mcpUrl, 'modern');
    const { notes } = await callWithProgress(client, 60);
    await client.close();
    expect(notes).toHaveLength(12);
    // In one piece at the end they would be a few milliseconds apart.
    expect(notes[11]!.at - notes[0]!.at).toBeGreaterThan(300);
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

  test('a new version rolls out under load: no call fails, no stream is cut, SIGTERM drains', async () => {
    const load = startLoad(mcpUrl);
    const before = fargate.tasks();
    await update('second');
    const { calls, streams, problems } = await load.stop();
    process.stderr.write(`During the rollout: ${calls} calls and ${streams} streams, ${problems.length} failed\n`);
    expect(problems).toEqual([]);
    expect(fargate.balancers.failures).toEqual([]);
    expect(calls).toBeGreaterThan(20);
    expect(streams).toBeGreaterThan(2);
    expect(before.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await callTool(mcpUrl, 'release', {})).toBe('second');
    expect(await callTool(mcpUrl, 'recall_place', { label: 'home' })).toContain('berlin');
  });

  test('a version that cannot start is rolled back, with what it said; the one before serves on', async () => {
    writeFileSync(join(changed, 'server.ts'), BROKEN);
    const failure: unknown = await update('third').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CdkError);
    const { output } = failure as CdkError;
    expect(output).toContain('Circuit Breaker');
    expect(output).toContain('the configuration of release third is missing');
    expect(output).toContain('UPDATE_ROLLBACK_COMPLET');
    expect(await callTool(mcpUrl, 'release', {})).toBe('second');
  });

  testOnCache('on Valkey: through TLS with a token of IAM, by the access string that was deployed', async () => {
    const deployed = await deployAdmitted(cloud, cache!, context('valkey'));
    mcpUrl = cloud.reach(deployed.Url ?? '');
    expect(await callTool(mcpUrl, 'remember_place', { label: 'home', city: 'Lima' })).toContain('Lima');
    expect(await callTool(mcpUrl, 'recall_place', { label: 'home' })).toContain('lima');
    expect(await cache!.command('KEYS', '*')).toEqual(['weather__places::everyone/home']);
    expect(cache!.admitted.length).toBeGreaterThan(0);
    expect(cache!.refused).toEqual([]);
  });

  test('on memory there is one task, and its successor knows nothing', async () => {
    const deployed = await cloud.deploy({ stack: 'McpKit', context: context('memory') });
    mcpUrl = cloud.reach(deployed.Url ?? '');
    expect(fargate.tasks()).toHaveLength(1);
    await callTool(mcpUrl, 'remember_place', { label: 'home', city: 'Lima' });
    expect(await callTool(mcpUrl, 'recall_place', { label: 'home' })).toContain('lima');
    await fargate.tasks()[0]!.kill();
    await fargate.service().scale(1);
    expect(await callTool(mcpUrl, 'recall_place', { label: 'home' })).not.toContain('lima');
  });

  test('destroy ends the tasks', async () => {
    await cloud.destroy('McpKit');
    expect(fargate.tasks()).toEqual([]);
  });
});

/** The user of a cache exists only once it is deployed, and tasks are healthy without it: they connect at the first call. */
async function deployAdmitted(
  cloud: LocalCloud,
  cache: LocalElastiCache,
  context: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const outputs = await cloud.deploy({ stack: 'McpKit', context });
  const store = new URL(outputs.Store ?? '');
  const elasticache = new ElastiCacheClient(cloud.clientConfig);
  const { Users } = await elasticache.send(new DescribeUsersCommand({ UserId: store.username }));
  elasticache.destroy();
  await cache.admit(store.username, Users?.[0]?.AccessString ?? '', store.searchParams.get('cache') ?? '');
  return outputs;
}

interface Load {
  readonly calls: number;
  readonly streams: number;
  readonly problems: readonly unknown[];
}

/** Two clients that call without a pause, and two with a stream open at any time. */
function startLoad(mcpUrl: string): { stop(): Promise<Load> } {
  let running = true;
  let calls = 0;
  let streams = 0;
  const problems: unknown[] = [];
  const call = async (): Promise<void> => {
    while (running) {
      try {
        const text = await callTool(mcpUrl, 'climate', { city: 'Tokyo', month: 7 });
        if (text !== 'Tokyo in Jul: 26 °C') problems.push(text);
        calls += 1;
      } catch (error) {
        problems.push(error);
      }
    }
  };
  const stream = async (): Promise<void> => {
    while (running) {
      try {
        const client = await connect(mcpUrl, 'modern');
        const { text, notes } = await callWithProgress(client, 100);
        await client.close();
        if (notes.length !== 12 || text.split('\n').length !== 12) problems.push(`a stream of ${notes.length} notes`);
        streams += 1;
      } catch (error) {
        problems.push(error);
      }
    }
  };
  const all = [call(), call(), stream(), stream()];
  return {
    async stop() {
      running = false;
      await Promise.all(all);
      return { calls, streams, problems };
    },
  };
}

const BROKEN = `import { serve } from '${join(ROOT, 'lambda', 'serve.ts')}';
throw new Error('the configuration of release ' + process.env.RELEASE + ' is missing');
export default serve(() => { throw new Error(); });
`;

/** The weather example with one more tool, which tells its release. */
function writeChangedServer(): string {
  const folder = mkdtempSync(join(ROOT, '.cache', 'changed-fargate-'));
  const source = readFileSync(join(ROOT, 'examples', 'weather', 'server.ts'), 'utf8')
    .replaceAll("'../../lambda/serve.ts'", `'${join(ROOT, 'lambda', 'serve.ts')}'`)
    .replaceAll("'./climate.ts'", `'${join(ROOT, 'examples', 'weather', 'climate.ts')}'`)
    .replace(
      '  return mcp;',
      `  mcp.registerTool('release', { inputSchema: z.object({}) }, () => ({
    content: [{ type: 'text', text: process.env.RELEASE ?? '' }],
  }));
  return mcp;`,
    );
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'server.ts'), source);
  return folder;
}
