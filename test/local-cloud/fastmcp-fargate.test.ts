import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

import { findProgram } from '../support/servers/programs.ts';
import { describeOnCloud } from './available.ts';
import { admitDeployed } from './admit-deployed.ts';
import { COUNTED, NOTES_TOOLS, writeChangedNotes } from './changed-examples.ts';
import { callTool } from './check-client.ts';
import { testEveryClient } from './every-client.ts';
import { FakeGitHub, LOGIN } from './fake-github.ts';
import { LocalFargate } from './fargate/local-fargate.ts';
import { Load } from './load.ts';
import { LocalCloud } from './local-cloud.ts';
import { LocalElastiCache } from './local-elasticache.ts';
import { type LoggedIn, OAuthLogin } from './oauth-login.ts';
import { expectRolledBack } from './rolled-back.ts';
import { SideBySideStack } from './side-by-side-stack.ts';
import { testUpdatesSideBySide } from './side-by-side-updates.ts';

jest.setTimeout(180_000);

const CHANGED_APP = 'tsx test/local-cloud/changed-app.ts';
const GITHUB_APP = 'tsx test/local-cloud/github-app.ts';
const APP = { clientId: 'local-app', clientSecret: 'a secret of the app' };
/** TLS ends before the balancer, as with a certificate: OAuth has no other addresses. */
const BASE_URL = 'https://notes.example.com';
const { program: valkey = findProgram('redis').program } = findProgram('valkey');
const testOnCache = valkey === undefined ? test.skip : test;
/** What has servers of its own beside the one on DynamoDB. */
const STORAGES = [...(valkey === undefined ? [] : ['valkey']), 'memory'];

/** One life of a stack on Fargate: each test goes on where the one before ended. */
describeOnCloud('a FastMCP server on Fargate, on the local cloud', () => {
  let cache: LocalElastiCache | undefined;
  let github: FakeGitHub;
  let fargate: LocalFargate;
  let cloud: LocalCloud;
  let dynamoDb: DynamoDBClient;
  let outputs: Readonly<Record<string, string>>;
  let mcpUrl: string;
  let notes: string;

  const context = (storage: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    ...{ code: 'fastmcp', example: 'notes', directory: notes, auth: 'none', compute: 'fargate', storage },
    ...{ architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64', python: versionOf(cloud.python) },
    ...{ baseImage: fargate.baseImages.python, removal: 'destroy', stopTimeout: '20' },
    ...more,
  });
  const rows = async (): Promise<Record<string, { S?: string }>[]> => {
    const { Items } = await dynamoDb.send(new ScanCommand({ TableName: new URL(outputs.Store ?? '').hostname }));
    return Items ?? [];
  };

  beforeAll(async () => {
    notes = writeChangedNotes();
    cache = valkey && (await LocalElastiCache.start(valkey));
    github = await FakeGitHub.start(APP);
    const authorities = cache?.certificates.ca;
    fargate = await LocalFargate.start({
      ...(authorities !== undefined && { environment: { SSL_CERT_FILE: authorities }, files: [authorities] }),
    });
    cloud = await LocalCloud.start({ fargate, ...(cache && { environment: { LOCAL_CLOUD_CACHE: cache.endpoint } }) });
    dynamoDb = new DynamoDBClient(cloud.clientConfig);
    await cloud.bootstrap();
    outputs = await cloud.deploy({ stack: 'McpKit', context: context('dynamodb') });
    mcpUrl = cloud.reach(outputs.Url ?? '');
  });
  afterAll(async () => {
    dynamoDb.destroy();
    await cloud.stop();
    await fargate.stop();
    await github.stop();
    await cache?.stop();
    rmSync(notes, { recursive: true, force: true });
  });

  test('two tasks run the command of the deployment, as a user that is nobody', () => {
    const how = fargate.kind === 'container' ? 'containers (podman)' : `processes, since ${fargate.reason ?? ''}`;
    process.stderr.write(
      `FastMCP on Fargate: tasks are ${how}; the balancer, the APIs of AWS and GitHub are played, Valkey is real\n`,
    );
    expect(fargate.tasks()).toHaveLength(2);
    expect(fargate.tasks()[0]!.definition).toMatchObject({
      command: ['python', '-m', 'mcp_kit', 'serve', 'server:mcp'],
      user: '1000:1000',
      readonlyRoot: true,
    });
  });

  test('what is written at one task', async () => {
    expect(await callTool(mcpUrl, 'write_note', { title: 'home', text: 'of the first' })).toBe('Kept "home"');
  });

  testEveryClient('reads it at either task, and gets progress as it is made', () => ({
    url: mcpUrl,
    tools: NOTES_TOOLS,
    calls: [
      ['read_note', { title: 'home' }],
      ['read_note', { title: 'home' }],
      ['count', { delay_ms: 60 }],
    ],
    results: ['of the first', 'of the first', COUNTED],
    progress: 60,
  }));

  test('what it stores are rows of the table, in its own namespace', async () => {
    const found = await rows();
    for (const { collection } of found) expect(collection?.S).toMatch(/^notes__/);
    const values = found
      .filter(({ collection }) => collection?.S === 'notes__notes')
      .map(({ value }) => value?.S ?? '');
    const texts = values.map((value) => (JSON.parse(value) as { value: { text: string } }).value.text);
    expect(texts).toEqual(['of the first']);
  });

  test('a new version rolls out under load: no call fails, no stream is cut, and SIGTERM drains', async () => {
    const before = fargate.tasks();
    const load = new Load(mcpUrl, {
      call: { name: 'release', arguments: {} },
      stream: { name: 'count', arguments: { delay_ms: 100 } },
      streamed: (text) => text === COUNTED,
    });
    await cloud.deploy({ stack: 'McpKit', app: CHANGED_APP, context: context('dynamodb', { release: 'second' }) });
    const { calls, streams, answers, problems } = await load.stop();
    process.stderr.write(`FastMCP's rollout: ${calls} calls, ${streams} streams, ${problems.length} failed\n`);
    expect(problems).toEqual([]);
    expect(fargate.balancers.failures).toEqual([]);
    expect(answers).toEqual(['first', 'second']);
    expect(streams).toBeGreaterThan(2);
    expect(before.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await callTool(mcpUrl, 'read_note', { title: 'home' })).toBe('of the first');
  });

  // The words of ECS and the status of the stack are as AWS has them; the lines that the task printed are the emulation's.
  test('a version that does not start is rolled back; the one before serves on, its rows intact', async () => {
    const source = readFileSync(join(notes, 'server.py'), 'utf8');
    writeFileSync(join(notes, 'server.py'), `${source}\nraise RuntimeError("no configuration")\n`);
    const output = await expectRolledBack({
      deploy: () =>
        cloud.deploy({ stack: 'McpKit', app: CHANGED_APP, context: context('dynamodb', { release: 'third' }) }),
      ask: async () => ({
        release: await callTool(mcpUrl, 'release', {}),
        note: await callTool(mcpUrl, 'read_note', { title: 'home' }),
      }),
      answers: { release: 'second', note: 'of the first' },
    });
    writeFileSync(join(notes, 'server.py'), source);
    expect(output).toContain('ECS Deployment Circuit Breaker was triggered');
    expect(output).toContain('RuntimeError'); // AWS shows it in the log group only
  });

  describe('with GitHub as the way in', () => {
    let login: OAuthLogin;
    let session: LoggedIn;
    const withGitHub = (release: string): Record<string, string> => {
      const githubApp = JSON.stringify({ client_id: APP.clientId, client_secret: APP.clientSecret });
      return context('dynamodb', { auth: 'fastmcp', baseUrl: BASE_URL, github: github.origin, githubApp, release });
    };

    beforeAll(async () => {
      outputs = await cloud.deploy({ stack: 'McpKit', app: GITHUB_APP, context: withGitHub('fourth') });
      expect(outputs.Url).toBe(`${BASE_URL}/mcp`);
      login = new OAuthLogin(BASE_URL, fargate.tasks());
    });

    test('nobody enters without a token', async () => {
      const { status, headers } = await login.call(fargate.tasks()[0]!, 'a token of nobody', 'who');
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toContain(`${BASE_URL}/.well-known/oauth-protected-resource/mcp`);
    });

    test('a client registers, agrees and logs in at two tasks in turn', async () => {
      expect(fargate.tasks()).toHaveLength(2);
      session = await login.run();
      expect(github.refused).toEqual([]);
      expect(github.tokens.size).toBe(1);
    });

    test('its token is good at both', async () => {
      for (const task of fargate.tasks()) await expectIn(task, session);
    });

    test('what is stored of it is encrypted', async () => {
      const stored = (await rows()).filter(({ collection }) => collection?.S?.startsWith('notes__mcp-'));
      const collections = new Set(stored.map(({ collection }) => collection?.S));
      expect(collections).toContain('notes__mcp-oauth-proxy-clients');
      expect(collections).toContain('notes__mcp-upstream-tokens');
      for (const { value } of stored) expect(value?.S).toContain('__encrypted_data__');
      const text = JSON.stringify(stored);
      for (const secret of [...github.tokens, session.accessToken]) expect(text).not.toContain(secret);
    });

    test('when a task dies, its successor knows client and token', async () => {
      const [victim] = fargate.tasks();
      await victim!.kill();
      await settled(fargate, victim!.id);
      const successor = fargate.tasks().find(({ startedAt }) => startedAt > victim!.startedAt)!;
      expect(successor.id).not.toBe(victim!.id);
      await expectIn(successor, session);
      expect(await login.knows(successor, session.clientId)).toBe(true);
    });

    test('and when all tasks are replaced by those of a new version', async () => {
      const before = fargate.tasks().map(({ id }) => id);
      await cloud.deploy({ stack: 'McpKit', app: GITHUB_APP, context: withGitHub('fifth') });
      expect(fargate.tasks().filter(({ id }) => before.includes(id))).toEqual([]);
      for (const task of fargate.tasks()) {
        await expectIn(task, session);
        expect(await login.knows(task, session.clientId)).toBe(true);
      }
    });

    test('a token that was changed is refused, and a client that nobody registered', async () => {
      const [task] = fargate.tasks();
      const forged = `${session.accessToken.slice(0, -4)}AAAA`;
      expect((await login.call(task!, forged, 'who')).status).toBe(401);
      expect(await login.knows(task!, 'nobody')).toBe(false);
    });

    async function expectIn(task: { address: string; port: number }, { accessToken }: LoggedIn): Promise<void> {
      const { status, text } = await login.call(task, accessToken, 'who');
      expect([status, text.includes(LOGIN)]).toEqual([200, true]);
    }
  });

  test('destroy ends the tasks', async () => {
    await cloud.destroy('McpKit');
    expect(fargate.tasks()).toEqual([]);
  });

  describe(`a second stack: on ${STORAGES.join(' and on ')}`, () => {
    const beside = new SideBySideStack({
      storages: STORAGES,
      cloud: () => cloud,
      context: () => context(''),
    });
    const write = (storage: string, text: string): Promise<string> =>
      beside.call(storage, 'write_note', { title: 'home', text });
    const read = (storage: string): Promise<string> => beside.call(storage, 'read_note', { title: 'home' });

    beforeAll(async () => {
      await beside.deploy('first');
      if (cache) await admitDeployed(cloud, cache, beside.outputs.valkeyStore ?? '');
    });

    describe.each(STORAGES)('%s', (storage) => {
      test('it has as many tasks as its storage can have', async () => {
        expect(fargate.tasks(beside.outputs[`${storage}Service`])).toHaveLength(storage === 'memory' ? 1 : 2);
        expect(await write(storage, 'Lima')).toBe('Kept "home"');
      });

      testEveryClient('calls it, and reads the note', () => ({
        url: beside.urlOf(storage),
        tools: NOTES_TOOLS,
        calls: [
          ['read_note', { title: 'home' }],
          ['read_note', { title: 'home' }],
          ['release', {}],
        ],
        results: ['Lima', 'Lima', 'first'],
      }));
    });

    testOnCache(
      'the note is in Valkey, through TLS with a token of IAM, by the access string that was deployed',
      async () => {
        const keys = (await cache!.command('KEYS', '*')) as string[];
        expect(keys.filter((key) => key.startsWith('notes-valkey__notes::'))).toHaveLength(1);
        expect(keys.filter((key) => !key.startsWith('notes-valkey__'))).toEqual([]);
        expect(cache!.admitted.length).toBeGreaterThan(0);
        expect(cache!.refused).toEqual([]);
      },
    );

    testUpdatesSideBySide({
      fargate: () => fargate,
      stack: beside,
      read,
      nothing: 'there is no note of this title',
      stored: 'Lima',
    });

    test('on memory, the successor of a task knows nothing', async () => {
      await write('memory', 'Oslo');
      expect(await read('memory')).toBe('Oslo');
      const [task] = fargate.tasks(beside.outputs.memoryService);
      await task!.kill();
      await settled(fargate, task!.id, beside.outputs.memoryService);
      expect(await read('memory')).toContain('there is no note of this title');
    });

    test('destroy ends the tasks of all', async () => {
      await beside.destroy();
      expect(fargate.tasks()).toEqual([]);
    });
  });
});

/** Resolves when a task is gone and the service is complete again. */
async function settled(fargate: LocalFargate, gone: string, name?: string): Promise<void> {
  const service = fargate.service(name);
  while (fargate.tasks().some(({ id }) => id === gone)) await new Promise((resolve) => setTimeout(resolve, 20));
  await service.scale(service.desired);
}

/** The version of a Python, which the base image has as well: `3.13`. */
function versionOf(python: string): string {
  return spawnSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  }).stdout.trim();
}
