import { type AuthInfo, createMcpHandler, McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import * as z from 'zod';

import type { HttpReply, HttpRequest } from '../../../lambda/host/http.ts';
import { serve } from '../../../lambda/serve.ts';
import type { Message } from '../../support/message.ts';
import { messages, ORIGIN, testApp } from '../../support/mcp.ts';

function build(): McpServer {
  const mcp = new McpServer({ name: 'same', version: '1.0.0' }, { instructions: 'Be the same' });
  mcp.registerTool('echo', { description: 'Echo', inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  mcp.registerTool('steps', { description: 'Steps' }, async ({ mcpReq }) => {
    await mcpReq.notify({ method: 'notifications/progress', params: { progressToken: 't', progress: 1 } });
    return { content: [{ type: 'text', text: 'done' }] };
  });
  mcp.registerTool('fails', { description: 'Fails' }, () => {
    throw new Error('no');
  });
  mcp.registerPrompt('p', { description: 'P' }, () => ({ messages: [] }));
  mcp.registerResource('r', 'test://r', {}, (uri) => ({ contents: [{ uri: uri.href, text: 'r' }] }));
  mcp.registerResource('t', new ResourceTemplate('test://t/{id}', { list: undefined }), {}, (uri) => ({
    contents: [{ uri: uri.href, text: 't' }],
  }));
  return mcp;
}

const METHODS = [
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'server/discover',
  'tools/call',
  'prompts/get',
  'resources/read',
  'initialize',
  'notifications/initialized',
  'ping',
  'unknown/method',
  '',
];
const VERSIONS = ['2026-07-28', '2025-11-25', '2025-03-26', 'v999', ' 2026-07-28 ', ''];

const meta = fc.record(
  {
    'io.modelcontextprotocol/protocolVersion': fc.constantFrom<unknown>(...VERSIONS, 1, null),
    'io.modelcontextprotocol/clientCapabilities': fc.constantFrom<unknown>({}, { sampling: {} }, null, 'x'),
    'io.modelcontextprotocol/clientInfo': fc.constantFrom<unknown>(
      { name: 'a', version: '1' },
      { name: 'b' },
      { name: 'c', version: '1', title: 2 },
      'x',
    ),
    'io.modelcontextprotocol/logLevel': fc.constantFrom<unknown>('info', 'loud'),
    progressToken: fc.constantFrom<unknown>('t', 1, 1.5, {}),
    traceparent: fc.constantFrom<unknown>('00-1', 1),
    other: fc.constantFrom<unknown>(1, 'x'),
  },
  { requiredKeys: [] },
);
/** Most requests should get somewhere: an envelope as it ought to be. */
const goodMeta = fc.constant({
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'a', version: '1' },
});
const params = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      {
        _meta: fc.oneof({ weight: 2, arbitrary: goodMeta }, { weight: 1, arbitrary: meta }),
        name: fc.constantFrom<unknown>('echo', 'steps', 'fails', 'p', 'missing', 1),
        uri: fc.constantFrom<unknown>('test://r', 'test://t/1', 'test://none', '%'),
        arguments: fc.constantFrom<unknown>({ text: 'x' }, { text: 1 }, null, {}),
        cursor: fc.constantFrom<unknown>('c', 1),
        protocolVersion: fc.constant('2025-11-25'),
        capabilities: fc.constant({}),
        clientInfo: fc.constant({ name: 'a', version: '1' }),
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], 'x') },
);
const message = fc.record(
  {
    jsonrpc: fc.constantFrom<unknown>('2.0', '2.0', '2.0', '1.0'),
    id: fc.constantFrom<unknown>(1, 'a', 0, -3, 1.5, null, '😀', 2 ** 60),
    method: fc.constantFrom(...METHODS),
    params,
    extra: fc.constant(1),
  },
  { requiredKeys: ['jsonrpc', 'method'] },
);
const body = fc.oneof(
  { weight: 12, arbitrary: message.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.array(message, { maxLength: 3 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.constantFrom('', 'null', '{', '\ufeff{}', '{"jsonrpc":"2.0","id":1,"result":{}}', '"x"') },
);
const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json',
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON;',
      'text/plain',
      'application/jsonx',
      'text/plain; a=application/json',
    ),
    accept: fc.constantFrom(
      'application/json, text/event-stream',
      'application/json, text/event-stream',
      'application/json',
      '*/*',
    ),
    'mcp-protocol-version': fc.constantFrom(...VERSIONS),
    'mcp-method': fc.constantFrom(...METHODS),
    'mcp-name': fc.constantFrom('echo', 'p', 'test://r', '=?base64?!?='),
    'mcp-session-id': fc.constant('s'),
  },
  { requiredKeys: ['content-type', 'accept'] },
);

interface Wanted {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Headers that follow from the body, most of the time: otherwise nearly every request would be a mismatch. */
const chaos: fc.Arbitrary<Wanted> = fc
  .record({
    method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'POST', 'POST', 'GET', 'DELETE', 'PUT'),
    headers,
    body,
    honest: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ method, headers: given, body: text, honest }) => {
    if (honest === 0) return { method, headers: given, body: text };
    let parsed: Message | undefined;
    try {
      parsed = (JSON.parse(text) ?? undefined) as Message | undefined;
    } catch {
      parsed = undefined;
    }
    const rest = { 'content-type': given['content-type'], accept: given.accept };
    const claim = parsed?.params?._meta?.['io.modelcontextprotocol/protocolVersion'];
    const name = parsed?.params?.[parsed.method === 'resources/read' ? 'uri' : 'name'];
    return {
      method,
      body: text,
      headers: {
        ...rest,
        ...(typeof claim === 'string' && { 'mcp-protocol-version': claim }),
        ...(typeof parsed?.method === 'string' && { 'mcp-method': parsed.method }),
        ...(typeof name === 'string' && { 'mcp-name': name }),
      },
    };
  });

/** A good request, and then a fault or two, or none. */
const CALLS: readonly (readonly [string, Record<string, unknown>])[] = [
  ...METHODS.slice(0, 5).map((method) => [method, {}] as const),
  ['tools/call', { name: 'echo', arguments: { text: 'x' } }],
  ['tools/call', { name: 'steps' }],
  ['tools/call', { name: 'fails' }],
  ['prompts/get', { name: 'p' }],
  ['resources/read', { uri: 'test://r' }],
];
const good = fc.record({
  call: fc.constantFrom(...CALLS),
  modern: fc.boolean(),
  id: fc.constantFrom<unknown>(1, 0, -3, 'a', '😀"\\'),
  extraMeta: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: meta }),
  faults: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
  cursor: fc.option(fc.constantFrom<unknown>('c', 1), { freq: 4, nil: undefined }),
});
const wellFormed: fc.Arbitrary<Wanted> = good.map(
  ({ call: [method, params_], modern, id, extraMeta, faults, cursor }) => {
    const name = params_.uri ?? params_.name;
    const envelope = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/clientInfo': { name: 'a', version: '1' },
    };
    return {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(modern
          ? {
              'mcp-protocol-version': '2026-07-28',
              'mcp-method': method,
              ...(typeof name === 'string' && { 'mcp-name': name }),
            }
          : { 'mcp-protocol-version': '2025-11-25' }),
        ...faults,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id,
        method,
        params: {
          ...params_,
          ...(cursor !== undefined && { cursor }),
          ...(modern
            ? { _meta: { ...envelope, ...extraMeta } }
            : Object.keys(extraMeta).length > 0 && { _meta: extraMeta }),
        },
      }),
    };
  },
);
const requests = fc.oneof({ weight: 3, arbitrary: wellFormed }, { weight: 2, arbitrary: chaos });

async function bare(
  handler: ReturnType<typeof createMcpHandler>,
  { method, headers: given, body: text }: Wanted,
): Promise<HttpReply> {
  const response = await handler.fetch(
    new Request(`${ORIGIN}/mcp`, { method, headers: given, ...(method !== 'GET' && { body: text }) }),
  );
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

function toRequest({ method, headers: given, body: text }: Wanted): HttpRequest {
  return {
    method,
    path: '/mcp',
    query: '',
    headers: given,
    body: text,
    origin: ORIGIN,
    signal: new AbortController().signal,
  };
}

async function decoded(reply: HttpReply): Promise<unknown> {
  const type = reply.headers['content-type'] ?? null;
  return { status: reply.status, type, messages: await messages(reply) };
}

describe('the app answers as the bare SDK', () => {
  test('whatever is sent, first and again', async () => {
    const app = testApp(serve(build));
    const handler = createMcpHandler(build);
    let successes = 0;
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const expected = await decoded(await bare(handler, request));
        if ((expected as { status: number }).status === 200) successes += 1;
        // The second time it may come from memory.
        expect(await decoded(await app.handle(toRequest(request)))).toEqual(expected);
        expect(await decoded(await app.handle(toRequest(request)))).toEqual(expected);
      }),
      { numRuns: 600 },
    );
    expect(successes).toBeGreaterThan(120); // otherwise this would compare refusals only
    await app.close();
    await handler.close();
  });

  test('with a body as bytes as with a body as text', async () => {
    const app = testApp(serve(build));
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const asText = await app.handle(toRequest(request));
        const asBytes = await app.handle({ ...toRequest(request), body: Buffer.from(request.body) });
        expect(await decoded(asBytes)).toEqual(await decoded(asText));
      }),
      { numRuns: 150 },
    );
    await app.close();
  });
});

describe('several callers on one instance', () => {
  const caller = (name: string): AuthInfo => ({ token: name, clientId: name, scopes: [], extra: { sub: name } });
  const policy = { mode: 'jwt', issuer: 'https://idp.example.com', audience: ['x'], scopes: [] } as const;
  const parts = {
    authenticator: () => ({
      authenticate: (request: HttpRequest) => Promise.resolve({ caller: caller(request.headers.authorization ?? '') }),
    }),
  };

  test.each([
    ['tools named after the caller', 'tools/list'],
    ['a tool that answers the caller', 'tools/call'],
  ])('%s: no answer reaches somebody else', async (_, method) => {
    const app = testApp(
      serve((ctx) => {
        const mcp = new McpServer({ name: 'x', version: '1.0.0' });
        mcp.registerTool(
          method === 'tools/list' ? `for-${String(ctx.authInfo?.clientId)}` : 'who',
          { description: 'x' },
          async ({ http }) => {
            await new Promise((resolve) => setImmediate(resolve));
            return { content: [{ type: 'text', text: String(http?.authInfo?.clientId) }] };
          },
        );
        return mcp;
      }),
      { auth: policy, parts },
    );
    const asked = Array.from({ length: 60 }, (_unused, n) => ({ who: `user${n % 2}`, id: `${n}` }));
    await Promise.all(
      asked.map(async ({ who, id }) => {
        const request = toRequest({
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'mcp-protocol-version': '2026-07-28',
            'mcp-method': method,
            'mcp-name': 'who',
            authorization: who,
          },
          body: JSON.stringify({
            jsonrpc: '2.0',
            id,
            method,
            params: {
              name: 'who',
              _meta: {
                'io.modelcontextprotocol/protocolVersion': '2026-07-28',
                'io.modelcontextprotocol/clientCapabilities': {},
              },
            },
          }),
        });
        const [answer] = await messages(await app.handle(request));
        expect(answer?.id).toBe(id);
        expect(JSON.stringify(answer?.result)).toContain(who);
        expect(JSON.stringify(answer?.result)).not.toContain(who === 'user0' ? 'user1' : 'user0');
      }),
    );
    await app.close();
  });
});
