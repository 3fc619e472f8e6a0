import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

import { GitHubAndSecrets } from '../lambda/fastmcp/host/github.ts';
import { CALLER } from '../support/function-url.ts';
import { connect, ERAS } from '../support/mcp.ts';
import { findProgram } from '../support/servers/programs.ts';
import { admitDeployed } from './admit-deployed.ts';
import { describeOnCloud } from './available.ts';
import { COUNTED, NOTES_TOOLS, writeChangedNotes } from './changed-examples.ts';
import { textOf } from './check-client.ts';
import { fetchFunction } from './deployed-function.ts';
import { testEveryClient } from './every-client.ts';
import { LocalCloud } from './local-cloud.ts';
import { LocalElastiCache } from './local-elasticache.ts';
import { type Instance, type LoggedIn, OAuthLogin } from './oauth-login.ts';
import { CACHE, ROOT } from './paths.ts';
import { expectRolledBack } from './rolled-back.ts';
import { RuntimeApi } from './runtime-api.ts';
import { pythonFor } from './web-adapter/python.ts';
import { webAdapterRuntime } from './web-adapter/runtime.ts';

jest.setTimeout(240_000);

const APP = 'tsx test/local-cloud/notes-app.ts';
const NOTES = join(ROOT, 'examples', 'notes');
const BASE = 'https://notes.example.com';
const FUNCTION_HOST = 'notes.lambda-url.us-east-1.on.aws';
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
        domainName: FUNCTION_HOST,
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

  test.each(ERAS)('tools and a resource, open and on memory: %s', async (era) => {
    const client = await use('Memory', era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
    const kept = await client.callTool({ name: 'write_note', arguments: { title: era, text: `# Of ${era}` } });
    expect(textOf(kept)).toBe(`Kept "${era}"`);
    expect(textOf(await client.callTool({ name: 'read_note', arguments: { title: era } }))).toBe(`# Of ${era}`);
    const { contents } = await client.readResource({ uri: 'notes://markdown' });
    expect(contents[0]).toMatchObject({ text: expect.stringContaining('# Notes') as string });
    await client.close();
  });

  testEveryClient('uses it, open and on memory', () => ({
    url: `${instances('Memory')[0]!.origin}/mcp`,
    tools: TOOLS,
    calls: [['read_note', { title: 'modern' }]],
    results: ['# Of modern'],
  }));

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

    testEveryClient('shows the token, and reads it too', () => ({
      url: `${instances(name)[1]!.origin}/mcp`,
      tools: TOOLS,
      calls: [['read_note', { title: 'modern' }]],
      results: ['of modern'],
      token: sessions.get(name)!.session.accessToken,
    }));

    test('an answer is kept in the store', async () => {
      const client = await use(name, 'modern', 1);
      const text = '# Kept by the cache';
      const outline = textOf(await client.callTool({ name: 'outline', arguments: { text } }));
      await client.close();
      expect(outline).toContain('Kept by the cache');
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

  const ALL = ['Memory', ...SHARED];

  /** The release of each server; where a storage is shared, a note of before, and whether client and token are known. */
  async function state(): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    for (const name of ALL) {
      const client = await use(name, name === 'DynamoDb' ? 'legacy' : 'modern');
      const release = textOf(await client.callTool({ name: 'release', arguments: {} }));
      const note = textOf(await client.callTool({ name: 'read_note', arguments: { title: 'modern' } }));
      await client.close();
      if (name !== 'Memory') await expectIn(name);
      found[name] = name === 'Memory' ? release : [release, note];
    }
    return found;
  }
  const stateOf = (release: string): Record<string, unknown> =>
    Object.fromEntries(ALL.map((name) => [name, name === 'Memory' ? release : [release, 'of modern']]));

  test('an update changes code and configuration of each; client, token and notes are as before', async () => {
    await cloud.deploy({ stack: 'McpKit', app: APP, context: context({ directory: changed, release: 'second' }) });
    for (const name of ALL) await start(name);
    expect(await state()).toEqual(stateOf('second'));
  });

  testEveryClient('finds the new tools, and gets progress as it is made', () => ({
    url: `${instances('Memory')[0]!.origin}/mcp`,
    tools: NOTES_TOOLS,
    calls: [
      ['release', {}],
      ['count', { delay_ms: 100 }],
    ],
    results: ['second', COUNTED],
    progress: 100,
  }));

  test('behind the adapter, it sees that the caller came by HTTPS, and from where', async () => {
    const [api] = instances('Memory');
    const answer = await fetch(`${api!.origin}/seen?a=1`);
    // Of the request, the Function URL makes the name, the scheme and the address: 127.0.0.1, where the adapter is, is not it.
    expect(await answer.json()).toEqual({ url: `https://${FUNCTION_HOST}/seen?a=1`, caller: CALLER });
  });

  test('an update that fails is rolled back on each: what is deployed then is the version before, its data intact', async () => {
    const output = await expectRolledBack({
      deploy: async () => {
        try {
          await cloud.deploy({ stack: 'McpKit', app: APP, context: context({ release: 'third', fail: 'true' }) });
        } finally {
          for (const name of ALL) await start(name);
        }
      },
      ask: state,
      answers: stateOf('second'),
    });
    // Each function was updated, and then back.
    expect(output.match(/UPDATE_COMPLETE +\| AWS::Lambda::Function /g)).toHaveLength(2 * ALL.length);
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

/** The version of a Python: `3.13`. */
function versionOf(python: string): string {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2])';
  return spawnSync(python, ['-c', script], { encoding: 'utf8' }).stdout.trim();
}
