import { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

import { LOOPBACK_NAMES } from '../../lambda/host/origin.ts';
import { serve } from '../../lambda/serve.ts';
import { MemoryStore } from '../../lambda/store/memory/memory-store.ts';
import { SealedEncryption } from '../../lambda/store/wrappers/sealed-encryption.ts';
import { WiringError } from '../../lambda/wiring.ts';
import { bodyText, ERAS, httpRequest, messages, ORIGIN, rpcRequest, testApp } from '../support/mcp.ts';

const echo = serve(() => {
  const mcp = new McpServer({ name: 'echo', version: '1.0.0' });
  mcp.registerTool('echo', { description: 'Echo', inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  return mcp;
});

describe('routes', () => {
  const app = testApp(echo);
  afterAll(() => app.close());

  test('tells load balancers that it serves, and nothing else', async () => {
    const reply = await app.handle(httpRequest({ path: '/health' }));
    expect(reply.status).toBe(200);
    expect(JSON.parse(await bodyText(reply))).toEqual({ status: 'ok' });
    expect((await app.handle(httpRequest({ path: '/health', method: 'POST' }))).status).toBe(405);
  });

  test.each(['/', '/mcp2', '/mcp/x', '/healthz', '/.well-known/oauth-protected-resource', '//mcp', '/MCP'])(
    'has nothing at %s, and says where to look',
    async (path) => {
      const reply = await app.handle(httpRequest({ path }));
      expect(reply.status).toBe(404);
      expect(await bodyText(reply)).toContain('/mcp');
    },
  );

  test.each(['GET', 'DELETE', 'PUT'])(
    'answers %s as the SDK does: without sessions there is nothing to get',
    async (method) => {
      const reply = await app.handle(httpRequest({ method }));
      expect(reply.status).toBe(405);
      expect(reply.headers.allow).toBe('POST');
      expect(JSON.parse(await bodyText(reply))).toMatchObject({ error: { code: -32000 }, id: null });
    },
  );

  test.each(ERAS)('calls a tool in the %s era, with and without a slash at the end', async (era) => {
    for (const path of ['/mcp', '/mcp/']) {
      const request = {
        ...rpcRequest(era, 'tools/call', { name: 'echo', arguments: { text: 'ä\u2028😀' } }, { id: 'x' }),
        path,
      };
      const [message] = await messages(await app.handle(request));
      expect(message).toMatchObject({ id: 'x', result: { content: [{ type: 'text', text: 'ä\u2028😀' }] } });
    }
  });

  test('refuses bodies over the limit, other media types and what is no JSON', async () => {
    const request = rpcRequest('modern', 'tools/list');
    const big = await app.handle({ ...request, body: Buffer.alloc(4 * 1024 * 1024 + 1, 32) });
    expect(big.status).toBe(413);
    const type = await app.handle({ ...request, headers: { ...request.headers, 'content-type': 'text/plain' } });
    expect(type.status).toBe(415);
    const broken = await app.handle({ ...request, body: '{"jsonrpc":' });
    expect(broken.status).toBe(400);
    expect(await messages(broken)).toMatchObject([{ error: { code: -32700 }, id: null }]);
  });

  test('counts the limit in bytes, and can be given another', async () => {
    const small = testApp(serve(echo.factory, { maxBodyBytes: 20 }));
    expect((await small.handle(httpRequest({ method: 'POST', body: 'é'.repeat(11) }))).status).toBe(413);
    expect((await small.handle(httpRequest({ method: 'POST', body: 'e'.repeat(20) }))).status).not.toBe(413);
    await small.close();
  });
});

describe('pages', () => {
  const app = testApp(serve(echo.factory, { allowedOrigins: ['https://app.example.com'] }));
  afterAll(() => app.close());

  test('lets a page ask before it calls, without credentials', async () => {
    const reply = await app.handle(
      httpRequest({
        method: 'OPTIONS',
        headers: {
          origin: 'https://app.example.com',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'Authorization, mcp-param-region, x-other',
        },
      }),
    );
    expect(reply.status).toBe(204);
    expect(reply.headers['access-control-allow-origin']).toBe('https://app.example.com');
    expect(reply.headers).not.toHaveProperty('access-control-allow-credentials');
    expect(reply.headers.vary).toBe('Origin');
    const allowed = reply.headers['access-control-allow-headers']?.split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining([
        'authorization',
        'content-type',
        'accept',
        'mcp-protocol-version',
        'mcp-method',
        'mcp-name',
        'mcp-session-id',
        'last-event-id',
        'mcp-param-region',
      ]),
    );
    expect(allowed).not.toContain('x-other');
  });

  test('lets a page read answers, refusals included', async () => {
    const headers = { origin: 'https://app.example.com' };
    for (const request of [
      rpcRequest('modern', 'tools/list', {}, { headers }),
      httpRequest({ method: 'GET', headers }),
    ]) {
      const reply = await app.handle(request);
      expect(reply.headers['access-control-allow-origin']).toBe('https://app.example.com');
      expect(reply.headers['access-control-expose-headers']).toContain('www-authenticate');
    }
  });

  test.each(['https://evil.example.com', 'null', 'http://localhost.evil.example'])(
    'refuses pages of %s',
    async (origin) => {
      for (const method of ['POST', 'OPTIONS', 'GET']) {
        const reply = await app.handle({ ...rpcRequest('modern', 'tools/list', {}, { headers: { origin } }), method });
        expect(reply.status).toBe(403);
        expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
      }
    },
  );

  test('does not tell other clients about pages', async () => {
    expect((await app.handle(rpcRequest('modern', 'tools/list'))).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
  });
});

describe('names', () => {
  const app = testApp(echo, { hosts: LOOPBACK_NAMES });
  afterAll(() => app.close());

  test('answers under its own names only, but for load balancers', async () => {
    const evil = { host: 'evil.example.com' };
    expect((await app.handle(rpcRequest('modern', 'tools/list', {}, { headers: evil }))).status).toBe(403);
    expect((await app.handle(httpRequest({ path: '/nothing', headers: evil }))).status).toBe(403);
    expect(
      (await app.handle(rpcRequest('modern', 'tools/list', {}, { headers: { host: 'localhost:1' } }))).status,
    ).toBe(200);
    expect((await app.handle(httpRequest({ path: '/health', headers: { host: '10.0.0.7' } }))).status).toBe(200);
  });
});

describe('callers', () => {
  const policy = { mode: 'jwt', issuer: 'https://idp.example.com', audience: ['x'], scopes: [] } as const;

  test('passes refusals on, and asks for the token before anything else', async () => {
    const refusal = { status: 401, headers: { 'www-authenticate': 'Bearer' }, body: '{}' };
    const app = testApp(echo, {
      auth: policy,
      parts: { authenticator: () => ({ authenticate: () => Promise.resolve({ refusal }) }) },
    });
    for (const method of ['GET', 'POST', 'DELETE']) {
      const reply = await app.handle({ ...rpcRequest('modern', 'tools/list'), method });
      expect(reply).toEqual(refusal);
    }
    const metadata = await app.handle(httpRequest({ path: '/.well-known/oauth-protected-resource/mcp' }));
    expect(JSON.parse(await bodyText(metadata))).toMatchObject({
      resource: `${ORIGIN}/mcp`,
      authorization_servers: ['https://idp.example.com'],
    });
    await app.close();
  });

  test('knows the caller whose signature AWS has checked, and nobody else', async () => {
    const whoami = serve(() => {
      const mcp = new McpServer({ name: 'whoami', version: '1.0.0' });
      mcp.registerTool('whoami', { description: 'Who' }, ({ http }) => ({
        content: [{ type: 'text', text: String(http?.authInfo?.clientId) }],
      }));
      return mcp;
    });
    const app = testApp(whoami, { auth: { mode: 'iam' } });
    const call = rpcRequest('modern', 'tools/call', { name: 'whoami' });
    const callerArn = 'arn:aws:iam::111122223333:role/agent';
    const [message] = await messages(await app.handle({ ...call, callerArn }));
    expect(message?.result.content[0].text).toBe(callerArn);
    expect((await app.handle(call)).status).toBe(403);
    await app.close();
  });
});

describe('faults', () => {
  test('a factory that throws is a 500 that says nothing, and a line that says where', async () => {
    const app = testApp(
      serve(() => {
        throw new TypeError('the password is hunter2');
      }),
    );
    for (const era of ERAS) {
      const reply = await app.handle(rpcRequest(era, 'tools/list', {}, { id: 7 }));
      expect(reply.status).toBe(500);
      expect(await messages(reply)).toMatchObject([{ id: 7, error: { code: -32603 } }]);
    }
    expect(app.log.lines).toHaveLength(2);
    expect(app.log.lines[0]).toMatchObject({ level: 'error', fields: { kind: 'TypeError' } });
    expect(app.log.lines[0]?.fields.at).toContain('app.test.ts');
    expect(JSON.stringify(app.log.lines)).not.toContain('hunter2');
    await app.close();
  });

  test.each<[string, () => unknown]>([
    ['a BigInt', () => 10n],
    [
      'itself',
      () => {
        const endless: unknown[] = [];
        endless.push(endless);
        return endless;
      },
    ],
  ])('a result that holds %s ends the call, and is told', async (_, make) => {
    for (const product of ['now', 'later']) {
      const build = (): McpServer => {
        const mcp = new McpServer({ name: 'x', version: '1.0.0' });
        mcp.registerTool('odd', {}, () => ({ content: [], structuredContent: { odd: make() } }));
        return mcp;
      };
      const app = testApp(serve(product === 'now' ? build : () => Promise.resolve(build())));
      const reply = await app.handle(rpcRequest('modern', 'tools/call', { name: 'odd' }, { id: 7 }));
      expect(reply.status).toBe(500);
      expect(await messages(reply)).toEqual([
        { jsonrpc: '2.0', id: 7, error: { code: -32603, message: 'Internal server error' } },
      ]);
      expect(await messages(await app.handle(rpcRequest('legacy', 'tools/call', { name: 'odd' })))).toEqual([]);
      expect(app.log.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
      await app.close();
    }
  });

  test('what clients do wrong is no error of ours, and is not quoted', async () => {
    const app = testApp(echo);
    await app.handle(rpcRequest('modern', 'tools/list', {}, { headers: { 'mcp-method': 'secret-in-a-header' } }));
    await app.handle(
      rpcRequest('modern', 'tools/list', { _meta: { 'io.modelcontextprotocol/protocolVersion': 'secret-version' } }),
    );
    await app.handle(rpcRequest('legacy', 'tools/list', {}, { headers: { accept: 'secret/type' } }));
    expect(app.log.lines.every(({ level }) => level === 'debug')).toBe(true);
    expect(JSON.stringify(app.log.lines)).not.toContain('secret');
    await app.close();
  });

  test('a file that exports something else stops the start, and is told what to export', () => {
    const main = { default: echo } as unknown as typeof echo;
    for (const served of [main, undefined as unknown as typeof echo]) {
      expect(() => testApp(served)).toThrow('export default serve(');
    }
  });

  test('a store or a part that the bundle lacks stops the start', () => {
    expect(() => testApp(echo, { parts: { stores: [] } })).toThrow(WiringError);
    expect(() => testApp(echo, { parts: { stores: [] } })).toThrow(/^MCP_STORE_URL /);
  });
});

describe('the store', () => {
  test('is one for all requests, with collections of the server', async () => {
    const seen: unknown[] = [];
    const app = testApp(
      serve((ctx) => {
        seen.push(ctx.store);
        return echo.factory(ctx);
      }),
    );
    await app.handle(rpcRequest('modern', 'tools/call', { name: 'echo', arguments: { text: 'a' } }));
    await app.handle(rpcRequest('legacy', 'tools/call', { name: 'echo', arguments: { text: 'a' } }));
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
    await app.close();
  });
});

test('a server encrypts what it stores with the keys of its ring, and reads it again', async () => {
  const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const memory = new MemoryStore();
  const asked: string[] = [];
  const app = testApp(
    serve((ctx) => {
      const store = new SealedEncryption(ctx.store, { keys: ctx.storageKeys, context: 'notes' });
      const mcp = new McpServer({ name: 'notes', version: '1.0.0' });
      mcp.registerTool('note', { inputSchema: z.object({ text: z.string() }) }, async ({ text }) => {
        await store.put('k', { text });
        return { content: [{ type: 'text', text: JSON.stringify(await store.get('k')) }] };
      });
      return mcp;
    }),
    {
      parts: {
        stores: [{ schemes: ['memory'], open: () => memory }],
        keyRing: () => ({
          keys: (purpose) => {
            asked.push(purpose);
            return Promise.resolve(keys);
          },
        }),
      },
      keysSecret: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf',
    },
  );
  const [answer] = await messages(
    await app.handle(rpcRequest('modern', 'tools/call', { name: 'note', arguments: { text: 'plain' } })),
  );
  expect(answer).toMatchObject({ result: { content: [{ text: '{"text":"plain"}' }] } });
  const stored = await memory.get('k', { collection: 'test__default_collection' });
  expect(JSON.stringify(stored)).not.toContain('plain');
  expect(new Set(asked)).toEqual(new Set(['storage']));
  await app.close();
});
