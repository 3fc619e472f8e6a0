import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

import { findProgram } from '../support/servers/programs.ts';
import { referee, REQUIREMENTS } from '../conformance/referee.ts';
import { admitDeployed } from './admit-deployed.ts';
import { describeOnCloud, testInContainers } from './available.ts';
import { callTool, callWithProgress, checkWeather, connect } from './check-client.ts';
import { LocalFargate } from './fargate/local-fargate.ts';
import { callWithFastMcp } from './fastmcp-client.ts';
import { Load } from './load.ts';
import { CdkError, LocalCloud } from './local-cloud.ts';
import { LocalElastiCache } from './local-elasticache.ts';
import { ROOT } from './paths.ts';

jest.setTimeout(120_000);

const ERAS = ['modern', 'legacy'] as const;
const TOOLS = ['climate', 'year', 'remember_place', 'recall_place', 'release'];
const IMAGE_APP = 'tsx test/local-cloud/image-app.ts';
const PROBE = join(__dirname, 'fargate', 'probe');
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
  const entry = (): string => join(changed, 'server.ts');
  const update = async (release: string, more: Readonly<Record<string, string>> = {}): Promise<void> => {
    await cloud.deploy({
      stack: 'McpKit',
      app: CHANGED_APP,
      context: context('dynamodb', { entry: entry(), release, ...more }),
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
    expect(report.tools).toEqual(TOOLS);
    expect(report.climate).toBe('Tokyo in Jul: 26 °C');
    expect(report.cities).toContain('berlin');
    expect(report.prompt).toContain('Tokyo');
  });

  test.each([
    ['auto', '2026-07-28'],
    ['legacy', '2025-11-25'],
  ] as const)('FastMCP’s own client uses it too, and its progress comes as it is made: %s', async (mode, version) => {
    const seen = await callWithFastMcp(mcpUrl, mode, [
      ['climate', { city: 'Tokyo', month: 7 }],
      ['year', { city: 'Berlin', delayMs: 60 }],
    ]);
    expect(seen).toMatchObject({ version, tools: TOOLS });
    expect(seen.results[0]).toBe('Tokyo in Jul: 26 °C');
    expect(seen.progress).toHaveLength(12);
    expect(seen.progress[11]! - seen.progress[0]!).toBeGreaterThan(300);
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
    const deployed = await cloud.deploy({ stack: 'McpKit', context: context('valkey') });
    await admitDeployed(cloud, cache!, deployed.Store ?? '');
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

  describe('what cannot work is refused with its cause', () => {
    const refused = async (more: Readonly<Record<string, string>>): Promise<string> => {
      const options = { stack: 'Bad', app: IMAGE_APP, context: context('memory', more) };
      const failure: unknown = await cloud.deploy(options).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(CdkError);
      expect(fargate.services.size).toBe(0);
      return (failure as CdkError).output;
    };

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

/** The weather example with one more tool, which tells its release. */
function writeChangedServer(): string {
  const folder = mkdtempSync(join(ROOT, '.cache', 'changed-fargate-'));
  const source = readFileSync(join(ROOT, 'examples', 'weather', 'server.ts'), 'utf8')
    .replaceAll("'../../lambda/serve.ts'", `'${join(ROOT, 'lambda', 'serve.ts')}'`)
    .replaceAll("'./climate.ts'", `'${join(ROOT, 'examples', 'weather', 'climate.ts')}'`)
    .replace(
      '  return mcp;',
      `  mcp.registerTool('release', { inputSchema: z.object({}) }, () => ({
    content: [{ type: 'text', text: process.env.RELEASE ?? 'first' }],
  }));
  return mcp;`,
    );
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'server.ts'), source);
  return folder;
}
