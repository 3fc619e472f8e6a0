import { once } from 'node:events';
import { request as httpRequestTo } from 'node:http';
import { connect as connectTcp } from 'node:net';

import type { Authenticator } from '../../../lambda/auth/authenticator.ts';
import { exposureWarning } from '../../../lambda/host/exposure.ts';
import { nodeAddress } from '../../../lambda/host/node-address.ts';
import { type NodeServer, startNodeServer } from '../../../lambda/host/node.ts';
import type { ServedServer } from '../../../lambda/serve.ts';
import { connect, type Era, ERAS, httpRequest, MEMORY_PARTS, memoryEnv, rpcRequest } from '../../support/mcp.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { open } from '../../support/sse.ts';
import { stepsServer } from '../../support/steps-server.ts';

const servers: NodeServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close(0)));
});

async function start(served: ServedServer, env: Record<string, string> = {}): Promise<NodeServer> {
  const server = await startNodeServer(served, MEMORY_PARTS, {
    env: { ...memoryEnv(), ...env },
    port: 0,
    log: recordingLog(),
  });
  servers.push(server);
  return server;
}

const STEPS = { name: 'steps', arguments: { count: 3 }, _meta: { progressToken: 'p' } };

describe('the official client', () => {
  test.each(ERAS)('is served in the %s era', async (era) => {
    const steps = stepsServer();
    const { mcpUrl } = await start(steps.served);
    const client = await connect(mcpUrl, era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['steps', 'big', 'hangs']);
    const seen: number[] = [];
    const result = await client.callTool(
      { name: 'steps', arguments: { count: 3 } },
      {
        onprogress: ({ progress }) => {
          seen.push(progress);
          steps.step(); // the tool goes on only when its last notification has arrived
        },
      },
    );
    expect(result.content).toEqual([{ type: 'text', text: 'done' }]);
    expect(seen).toEqual([1, 2, 3]);
    await client.close();
  });
});

describe('streams', () => {
  test.each(ERAS)('arrive event by event in the %s era', async (era) => {
    const steps = stepsServer();
    const { url } = await start(steps.served);
    const answer = await open(url, rpcRequest(era, 'tools/call', STEPS, { id: 5 }));
    expect(answer.headers['content-type']).toBe('text/event-stream');
    for (const progress of [1, 2, 3]) {
      expect(await answer.next()).toMatchObject({ params: { progress, progressToken: 'p' } });
      steps.step();
    }
    expect(await answer.next()).toMatchObject({ id: 5, result: { content: [{ text: 'done' }] } });
    expect(await answer.next()).toBeUndefined();
  });

  test.each(ERAS)('end the call when the client goes, in the %s era', async (era) => {
    const steps = stepsServer();
    const { url } = await start(steps.served);
    const answer = await open(url, rpcRequest(era, 'tools/call', STEPS));
    await answer.next();
    answer.leave();
    await steps.aborted;
  });

  test('wait for slow readers, and lose nothing', async () => {
    const { url } = await start(stepsServer().served);
    const size = 3_000_000;
    const answer = await open(url, rpcRequest('legacy', 'tools/call', { name: 'big', arguments: { size } }));
    await new Promise((resolve) => setTimeout(resolve, 50)); // nobody reads: the sender must wait
    expect((await answer.next())?.result.content[0].text).toHaveLength(size);
  });

  test('subscriptions hear of changes, and end with their result when the server closes', async () => {
    const steps = stepsServer();
    const server = await start(steps.served);
    const answer = await open(
      server.url,
      rpcRequest('modern', 'subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 9 }),
    );
    expect(await answer.next()).toMatchObject({ method: 'notifications/subscriptions/acknowledged' });
    steps.change();
    expect(await answer.next()).toMatchObject({ method: 'notifications/tools/list_changed' });
    const closed = server.close();
    expect(await answer.next()).toMatchObject({ id: 9, result: { resultType: 'complete' } });
    expect(await answer.next()).toBeUndefined();
    await closed;
  });
});

describe('closing', () => {
  test('lets a call finish, and takes no new one', async () => {
    const steps = stepsServer();
    const server = await start(steps.served);
    const answer = await open(server.url, rpcRequest('modern', 'tools/call', { ...STEPS, arguments: { count: 1 } }));
    await answer.next();
    const closed = server.close();
    await expect(open(server.url, httpRequest({ path: '/health' }))).rejects.toThrow('ECONNREFUSED');
    steps.step();
    expect(await answer.next()).toMatchObject({ result: { content: [{ text: 'done' }] } });
    await closed;
  });

  test('does not wait longer than it was told to', async () => {
    const steps = stepsServer();
    const server = await start(steps.served);
    const answer = await open(server.url, rpcRequest('modern', 'tools/call', STEPS));
    await answer.next();
    await server.close(0);
    await steps.aborted;
  });
});

describe('limits', () => {
  const big = 5 * 1024 * 1024;

  test('a body that says it is too large is refused unread', async () => {
    const { url } = await start(stepsServer().served);
    const answer = await open(url, {
      ...rpcRequest('modern', 'tools/list', {}, { headers: { 'content-length': String(big), expect: '100-continue' } }),
      body: '',
    });
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain('must not exceed 4194304 bytes');
    answer.leave();
  });

  test('a body that turns out too large is refused while it is read', async () => {
    const { url } = await start(stepsServer().served);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = httpRequestTo(`${url}/mcp`, { method: 'POST', agent: false }, (incoming) => {
        resolve(incoming.statusCode);
        outgoing.destroy();
      });
      outgoing.on('error', reject);
      const chunk = Buffer.alloc(256 * 1024, 32);
      const more = (): void => {
        while (!outgoing.destroyed && outgoing.write(chunk));
        outgoing.once('drain', more);
      };
      more();
    });
    expect(status).toBe(413);
  });

  test('the server goes on after a client that breaks off, or speaks no HTTP', async () => {
    const { url } = await start(stepsServer().served);
    const port = Number(new URL(url).port);
    for (const text of [
      'POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{',
      'rubbish\r\n\r\n',
      'GET http://evil.example/ HTTP/1.1\r\nhost: localhost\r\n\r\n',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connectTcp(port, '127.0.0.1', () => socket.end(text));
        socket.on('error', () => undefined);
        socket.on('close', () => {
          resolve();
        });
        socket.resume();
      });
    }
    expect((await open(url, httpRequest({ path: '/health' }))).status).toBe(200);
  });
});

describe('names', () => {
  test('the laptop host answers for this machine, and for the address it was given', async () => {
    const { url } = await start(stepsServer().served, { MCP_BASE_URL: 'https://mcp.example.com' });
    const status = async (headers: Record<string, string>) =>
      (await open(url, rpcRequest('modern', 'tools/list', {}, { headers }))).status;
    expect(await status({})).toBe(200);
    expect(await status({ host: 'localhost:3000', origin: 'http://localhost:6274' })).toBe(200);
    expect(await status({ host: 'mcp.example.com', origin: 'https://mcp.example.com' })).toBe(200);
    expect(await status({ host: 'evil.example.com' })).toBe(403);
    expect(await status({ host: 'localhost', origin: 'http://evil.example.com' })).toBe(403);
  });
});

test.each([
  ['host: localhost\r\nhost: evil.example', 403],
  ['host: localhost\r\norigin: http://localhost\r\norigin: http://evil.example', 403],
  ['host: localhost\r\ncontent-type: application/json\r\ncontent-type: text/plain', 415],
])('a header that comes twice does not count once: %j', async (headers, status) => {
  const { url } = await start(stepsServer().served);
  expect(await firstLine(url, `POST /mcp HTTP/1.1\r\n${headers}\r\ncontent-length: 2\r\n\r\n{}`)).toMatch(
    new RegExp(`^HTTP/1.1 ${status} `),
  );
});

/** A server whose authenticator is the test's. */
async function startGuarded(
  authenticate: Authenticator['authenticate'],
): Promise<{ url: string; log: ReturnType<typeof recordingLog> }> {
  const policy = { mode: 'jwt', issuer: 'https://idp.example.com', audience: ['a'], scopes: [] } as const;
  const log = recordingLog();
  const parts = { ...MEMORY_PARTS, authenticator: () => ({ authenticate }) };
  const server = await startNodeServer(stepsServer().served, parts, { env: memoryEnv(policy), port: 0, log });
  servers.push(server);
  return { url: server.url, log };
}

test('two Authorization headers are refused, whichever is first', async () => {
  const seen: unknown[] = [];
  const { url } = await startGuarded(({ headers }) => {
    seen.push(headers.authorization);
    return Promise.resolve({ refusal: { status: 401, headers: {} } });
  });
  const headers = 'host: localhost\r\nauthorization: Bearer a\r\nauthorization: Bearer b';
  await firstLine(url, `POST /mcp HTTP/1.1\r\n${headers}\r\ncontent-length: 0\r\n\r\n`);
  expect(seen).toEqual(['Bearer a, Bearer b']); // which bearerCredentials takes for malformed
});

test('an answer that cannot be written is told, and the server goes on', async () => {
  const { url, log } = await startGuarded(() =>
    Promise.resolve({ refusal: { status: 401, headers: { 'x-secret': 'a\r\nb' } } }),
  );
  await expect(open(url, rpcRequest('modern', 'tools/list'))).rejects.toThrow();
  expect(log.lines.at(-1)).toMatchObject({ level: 'error', message: 'response failed' });
  expect((await open(url, httpRequest({ path: '/health' }))).status).toBe(200);
});

async function firstLine(url: string, request: string): Promise<string> {
  const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
  socket.write(request);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return chunk.toString('latin1').split('\r\n')[0] ?? '';
}

describe('the start', () => {
  test('a port in use is an error that says what to do', async () => {
    const { url } = await start(stepsServer().served);
    const port = Number(new URL(url).port);
    await expect(startNodeServer(stepsServer().served, MEMORY_PARTS, { env: memoryEnv(), port })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use: stop what uses it, or set PORT to another`,
    );
  });

  test('a variable that is missing is an error that names it', async () => {
    const env = Object.fromEntries(Object.entries(memoryEnv()).filter(([name]) => name !== 'MCP_SERVER_NAME'));
    await expect(startNodeServer(stepsServer().served, MEMORY_PARTS, { env, port: 0 })).rejects.toThrow(
      'MCP_SERVER_NAME is not set',
    );
  });

  test.each([
    [{}, { host: '127.0.0.1', port: 3000, urlHost: '127.0.0.1' }],
    [
      { HOST: '', PORT: '' },
      { host: '127.0.0.1', port: 3000, urlHost: '127.0.0.1' },
    ],
    [
      { HOST: '0.0.0.0', PORT: '8080' },
      { host: '0.0.0.0', port: 8080, urlHost: 'localhost' },
    ],
    [{ HOST: '::1' }, { host: '::1', port: 3000, urlHost: '[::1]' }],
  ])('listens where %j says', (env, expected) => {
    expect(nodeAddress(env)).toEqual(expected);
  });

  test.each([
    ['none', '0.0.0.0', 'whoever reaches this address may call'],
    ['none', '::', 'whoever reaches this address may call'],
    ['none', '127.0.0.1', undefined],
    ['none', 'localhost', undefined],
    ['jwt', '0.0.0.0', undefined],
    ['iam', '127.0.0.1', 'every call will be refused'],
  ] as const)('with authentication %s on %s warns: %s', (mode, host, warning) => {
    const text = exposureWarning(mode, host);
    if (warning === undefined) expect(text).toBeUndefined();
    else expect(text).toContain(warning);
  });

  test('a warning is logged', async () => {
    const log = recordingLog();
    const env = memoryEnv({ mode: 'iam' });
    servers.push(await startNodeServer(stepsServer().served, MEMORY_PARTS, { env, port: 0, log }));
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { mode: 'iam' } }]);
  });

  test.each(['x', '-1', '65536', '3000 ', '1e3'])('refuses the port %j', (PORT) => {
    expect(() => nodeAddress({ PORT })).toThrow('set a number from 0 to 65535');
  });
});

test('two users at once on one instance get their own answers', async () => {
  const steps = stepsServer();
  const { url } = await start(steps.served);
  const eras: Era[] = ['modern', 'legacy'];
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const size = 1000 + n;
      const answer = await open(
        url,
        rpcRequest(eras[n % 2] ?? 'modern', 'tools/call', { name: 'big', arguments: { size } }, { id: `id${n}` }),
      );
      const text = await answer.text();
      const message = JSON.parse(text.startsWith('{') ? text : (text.split('data: ')[1] ?? ''));
      return { id: message.id as string, size: message.result.content[0].text.length as number };
    }),
  );
  expect(answers).toEqual(Array.from({ length: 40 }, (_, n) => ({ id: `id${n}`, size: 1000 + n })));
});
