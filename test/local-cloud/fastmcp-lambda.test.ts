import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

import { GitHubAndSecrets } from '../lambda/fastmcp/host/github.ts';
import { connect, ERAS } from '../support/mcp.ts';
import { findProgram } from '../support/servers/programs.ts';
import { admitDeployed } from './admit-deployed.ts';
import { describeOnCloud } from './available.ts';
import { textOf } from './check-client.ts';
import { fetchFunction } from './deployed-function.ts';
import { callWithFastMcp } from './fastmcp-client.ts';
import { CdkError, LocalCloud } from './local-cloud.ts';
import { LocalElastiCache } from './local-elasticache.ts';
import { type Instance, type LoggedIn, OAuthLogin } from './oauth-login.ts';
import { CACHE, ROOT } from './paths.ts';
import { RuntimeApi } from './runtime-api.ts';
import { pythonFor } from './web-adapter/python.ts';
import { webAdapterRuntime } from './web-adapter/runtime.ts';

jest.setTimeout(240_000);

const APP = 'tsx test/local-cloud/notes-app.ts';
const NOTES = join(ROOT, 'examples', 'notes');
const BASE = 'https://notes.example.com';
const TOOLS = ['write_note', 'read_note', 'list_notes', 'search_notes', 'outline'];
const { program: valkey = findProgram('redis').program } = findProgram('valkey');
const SHARED = ['DynamoDb', ...(valkey === undefined ? [] : ['Valkey'])];

/**
 * One life of a stack: what was deployed is fetched from the local cloud and run as Lambda runs it, behind the adapter of the
 * layer. Each test goes on where the one before ended.
 */
describeOnCloud('the notes example on Lambda, on the local cloud', () => {
  let cache: LocalElastiCache | undefined;
  let github: GitHubAndSecrets;
  let cloud: LocalCloud;
  let dynamoDb: DynamoDBClient;
  let outputs: Readonly<Record<string, string>>;
  let authorities: string;
  let folder: string;
  let changed: string;
  let python: string;
  /** Two execution environments of each server. */
  const running = new Map<string, readonly RuntimeApi[]>();
  const sessions = new Map<string, { readonly login: OAuthLogin; readonly session: LoggedIn }>();

  const context = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    ...{ directory: NOTES, release: 'first', baseUrl: BASE, github: github.url, python },
    ...{ cache: String(cache !== undefined), ...more },
  });
  const instances = (name: string): readonly RuntimeApi[] => running.get(name) ?? [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-kit-notes-'));
    changed = writeChangedNotes();
    cache = valkey && (await LocalElastiCache.start(valkey));
    // Not below /tmp, which is another folder for a function; the project itself may lie there.
    authorities = join(existsSync('/dev/shm') ? '/dev/shm' : CACHE, `mcp-kit-authorities-${process.pid}.pem`);
    if (cache) copyFileSync(cache.certificates.ca, authorities);
    github = await new GitHubAndSecrets().start();
    cloud = await LocalCloud.start(cache && { environment: { LOCAL_CLOUD_CACHE: cache.endpoint } });
    python = versionOf(cloud.python);
    dynamoDb = new DynamoDBClient(cloud.clientConfig);
    await cloud.bootstrap();
    outputs = await cloud.deploy({ stack: 'McpKit', app: APP, context: context() });
    if (cache) await admitDeployed(cloud, cache, outputs.ValkeyStore ?? '');
    for (const name of ['Memory', ...SHARED]) await start(name);
  });
  afterAll(async () => {
    await Promise.all([...running.values()].flat().map((api) => api.stop()));
    dynamoDb.destroy();
    await cloud.stop();
    await github.stop();
    await cache?.stop();
    for (const path of [folder, changed, authorities]) rmSync(path, { recursive: true, force: true });
  });

  /** Runs what is deployed now, in place of what ran before. */
  async function start(name: string): Promise<void> {
    await Promise.all(instances(name).map((api) => api.stop()));
    const fn = await fetchFunction(cloud, outputs[`${name}Function`] ?? '', mkdtempSync(join(folder, `${name}-`)));
    const launch = async (): Promise<RuntimeApi> =>
      RuntimeApi.start({
        runtime: await webAdapterRuntime({
          adapter: process.env.WEB_ADAPTER,
          python: await pythonFor(fn.runtime),
          ...(cache && { environment: { SSL_CERT_FILE: authorities } }), // as Lambda trusts Amazon's authorities
        }),
        function: fn,
        endpoint: cloud.endpoint,
        domainName: 'notes.lambda-url.us-east-1.on.aws',
      });
    running.set(name, await Promise.all([launch(), launch()]));
  }

  async function use(name: string, era: (typeof ERAS)[number], instance = 0): ReturnType<typeof connect> {
    const token = sessions.get(name)?.session.accessToken;
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    return connect(`${instances(name)[instance]!.origin}/mcp`, era, headers);
  }

  /** All that the store of a server holds: `collection`, key and value. */
  async function stored(name: string): Promise<{ collection: string; key: string; value: string }[]> {
    if (name === 'Valkey') {
      const keys = (await cache!.command('KEYS', '*')) as string[];
      const values = await Promise.all(keys.map((key) => cache!.command('GET', key)));
      return keys.map((full, index) => {
        const [collection = '', key = ''] = full.split('::');
        return { collection, key, value: String(values[index]) };
      });
    }
    const { Items } = await dynamoDb.send(
      new ScanCommand({ TableName: new URL(outputs.DynamoDbStore ?? '').hostname }),
    );
    return (Items ?? []).map(({ collection, key, value }) => ({
      collection: collection?.S ?? '',
      key: key?.S ?? '',
      value: value?.S ?? '',
    }));
  }

  test('what is deployed is started by the adapter of the layer', async () => {
    const how = process.env.WEB_ADAPTER === undefined ? 'played by the tests' : 'AWS’s own, compiled from its crate';
    process.stderr.write(`FastMCP on Lambda: the adapter is ${how}; GitHub and the services of AWS are played\n`);
    const fn = await fetchFunction(cloud, outputs.MemoryFunction ?? '', mkdtempSync(join(folder, 'look-')));
    expect(fn).toMatchObject({ handler: 'run.sh', runtime: `python${python}` });
    expect(fn.layers).toEqual([
      expect.stringMatching(/^arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayer/),
    ]);
    expect(fn.environment).toMatchObject({ AWS_LWA_INVOKE_MODE: 'response_stream', MCP_STORE_URL: 'memory:' });
  });

  test.each(ERAS)('the official client uses it, open and on memory: %s', async (era) => {
    const client = await use('Memory', era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
    const kept = await client.callTool({ name: 'write_note', arguments: { title: era, text: `# Of ${era}` } });
    expect(textOf(kept)).toBe(`Kept "${era}"`);
    expect(textOf(await client.callTool({ name: 'read_note', arguments: { title: era } }))).toBe(`# Of ${era}`);
    const { contents } = await client.readResource({ uri: 'notes://markdown' });
    expect(contents[0]).toMatchObject({ text: expect.stringContaining('# Notes') as string });
    await client.close();
  });

  test.each([
    ['auto', '2026-07-28'],
    ['legacy', '2025-11-25'],
  ] as const)('FastMCP’s own client uses it: %s', async (mode, version) => {
    const seen = await callWithFastMcp(`${instances('Memory')[0]!.origin}/mcp`, mode, [
      ['read_note', { title: 'modern' }],
      ['outline', { text: '# A' }],
    ]);
    expect(seen).toMatchObject({ version, tools: TOOLS });
    expect(seen.results[0]).toBe('# Of modern');
    expect(seen.results[1]).toContain('A');
  });

  describe.each(SHARED)('with GitHub as the way in, on %s', (name) => {
    const space = `notes-${name.toLowerCase()}__`;

    test('nobody enters without a token', async () => {
      const answer = await fetch(`${instances(name)[0]!.origin}/mcp`, { method: 'POST', body: '{}' });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain(`${BASE}/.well-known/oauth-protected-resource/mcp`);
    });

    test('a client registers, agrees and logs in, each step at the other instance', async () => {
      const login = new OAuthLogin(BASE, instances(name).map(placeOf));
      sessions.set(name, { login, session: await login.run() });
    });

    test.each(ERAS)('what is written at one instance is read at the other, by the official client: %s', async (era) => {
      const [one, other] = [await use(name, era, 0), await use(name, era, 1)];
      await one.callTool({ name: 'write_note', arguments: { title: era, text: `of ${era}` } });
      expect(textOf(await other.callTool({ name: 'read_note', arguments: { title: era } }))).toBe(`of ${era}`);
      await one.close();
      await other.close();
    });

    test('FastMCP’s own client shows the token, and gets an answer that is kept in the store', async () => {
      const url = `${instances(name)[1]!.origin}/mcp`;
      const { accessToken } = sessions.get(name)!.session;
      const text = '# Kept by the cache';
      const calls = [
        ['list_notes', {}],
        ['outline', { text }],
      ] as const;
      const seen = await callWithFastMcp(url, 'auto', calls, accessToken);
      expect(seen.results[0]).toMatch(/legacy.*modern/s);
      expect(seen.results[1]).toContain('Kept by the cache');
      const kept = (await stored(name)).filter(({ value }) => value.includes('Kept by the cache'));
      expect(kept).toHaveLength(1);
      expect(kept[0]!.collection).toBe(`${space}tools/call`);
    });

    test('all is in the namespace of the server; what belongs to the login is encrypted', async () => {
      const all = await stored(name);
      expect(all.filter(({ collection }) => !collection.startsWith(space))).toEqual([]);
      const ofLogin = all.filter(({ collection }) => collection.startsWith(`${space}mcp-`));
      const collections = ofLogin.map(({ collection }) => collection);
      expect(collections).toContain(`${space}mcp-oauth-proxy-clients`);
      expect(collections).toContain(`${space}mcp-upstream-tokens`);
      for (const { value } of ofLogin) expect(value).toContain('__encrypted_data__');
      const text = JSON.stringify(all);
      for (const secret of [sessions.get(name)!.session.accessToken, 'gho_', 'a secret of the app']) {
        expect(text).not.toContain(secret);
        for (const { log } of instances(name)) expect(log).not.toContain(secret);
      }
    });

    test('client and token outlive both instances', async () => {
      for (const api of instances(name)) await api.restart();
      await expectIn(name);
    });

    test('a token that was changed is refused, and a client that nobody registered', async () => {
      const { login, session } = sessions.get(name)!;
      const place = placeOf(instances(name)[0]!);
      expect((await login.call(place, `${session.accessToken.slice(0, -4)}AAAA`, 'list_notes')).status).toBe(401);
      expect(await login.knows(place, 'nobody')).toBe(false);
    });
  });

  test.each(['Memory', ...SHARED])('what a cold start costs is measured; nothing is written: %s', async (name) => {
    const [api] = instances(name);
    const costs: string[] = [];
    for (let index = 0; index < 3; index++) {
      await api!.restart();
      expect((await fetch(`${api!.origin}/health`)).status).toBe(200);
      const { initMs, processorMs } = api!.figures;
      costs.push(`${processorMs === undefined ? '?' : String(processorMs)} ms CPU in ${initMs.toFixed(0)} ms`);
    }
    process.stderr.write(`Cold starts of FastMCP on Lambda, ${name}: ${costs.join(', ')}\n`);
    expect(api!.log).toContain('the runtime ended with the function: exit code 0');
    expect(api!.log).not.toContain('it has written');
  });

  test('an update changes code and configuration; client, token and notes are as before; answers stream', async () => {
    await cloud.deploy({ stack: 'McpKit', app: APP, context: context({ directory: changed, release: 'second' }) });
    for (const name of ['Memory', ...SHARED]) {
      await start(name);
      const client = await use(name, 'modern');
      expect(textOf(await client.callTool({ name: 'release', arguments: {} }))).toBe('second');
      await client.close();
    }
    for (const name of SHARED) {
      await expectIn(name);
      const client = await use(name, 'legacy');
      expect(textOf(await client.callTool({ name: 'read_note', arguments: { title: 'modern' } }))).toBe('of modern');
      await client.close();
    }
    for (const mode of ['auto', 'legacy'] as const) {
      const url = `${instances('Memory')[0]!.origin}/mcp`;
      const { progress } = await callWithFastMcp(url, mode, [['count', { delay_ms: 100 }]]);
      expectSpaced(progress, 100);
    }
  });

  test('an update that fails is rolled back: what is deployed then is the version before', async () => {
    const failure: unknown = await cloud
      .deploy({ stack: 'McpKit', app: APP, context: context({ release: 'third', fail: 'true' }) })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CdkError);
    expect((failure as CdkError).output).toContain('UPDATE_ROLLBACK_COMPLET');
    await start('DynamoDb');
    const client = await use('DynamoDb', 'modern');
    expect(textOf(await client.callTool({ name: 'release', arguments: {} }))).toBe('second');
    await client.close();
    await expectIn('DynamoDb');
  });

  test('destroy takes the servers away and leaves what is stored', async () => {
    const before = await stored('DynamoDb');
    await cloud.destroy('McpKit');
    await expect(fetchFunction(cloud, outputs.DynamoDbFunction ?? '', folder)).rejects.toThrow('404');
    expect(await stored('DynamoDb')).toHaveLength(before.length);
  });

  /** The client that logged in is known at both instances, and so is its token. */
  async function expectIn(name: string): Promise<void> {
    const { login, session } = sessions.get(name)!;
    for (const place of instances(name).map(placeOf)) {
      const { status, text } = await login.call(place, session.accessToken, 'list_notes');
      expect([status, text.includes('modern')]).toEqual([200, true]);
      expect(await login.knows(place, session.clientId)).toBe(true);
    }
  }
});

function placeOf({ origin }: RuntimeApi): Instance {
  const { hostname, port } = new URL(origin);
  return { address: hostname, port: Number(port) };
}

/** Gathered, all would come at once in the end. The median is compared, since a busy machine delays single ones. */
function expectSpaced(times: readonly number[], delayMs: number): void {
  expect(times).toHaveLength(12);
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  expect(gaps.sort((a, b) => a - b)[5]).toBeGreaterThan(delayMs * 0.5);
}

/** The version of a Python: `3.13`. */
function versionOf(python: string): string {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2])';
  return spawnSync(python, ['-c', script], { encoding: 'utf8' }).stdout.trim();
}

/** The example one release later: a tool that tells a variable of the deployment, and one that takes its time. */
function writeChangedNotes(): string {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'changed-notes-'));
  cpSync(NOTES, folder, { recursive: true });
  const tools = `
@mcp.tool
def release() -> str:
    """Which version answers."""
    import os

    return os.environ["RELEASE"]


@mcp.tool
async def count(delay_ms: int, ctx: Context) -> str:
    """Counts to twelve, with a pause after each number."""
    import asyncio

    for number in range(1, 13):
        await ctx.report_progress(number, 12)
        await asyncio.sleep(delay_ms / 1000)
    return "twelve"
`;
  writeFileSync(join(folder, 'server.py'), readFileSync(join(NOTES, 'server.py'), 'utf8') + tools);
  return folder;
}
