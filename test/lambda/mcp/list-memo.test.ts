import type { HttpRequest } from '../../../lambda/host/http.ts';
import { McpServer, ResourceTemplate, Server } from '@modelcontextprotocol/server';
import * as z from 'zod';

import { ListMemo, memoCandidate } from '../../../lambda/mcp/list-memo.ts';
import { serve, type ServeContext, type ServeFactory } from '../../../lambda/serve.ts';
import type { Message } from '../../support/message.ts';
import { type Era, ERAS, messages, rpcRequest, type TestApp, testApp } from '../../support/mcp.ts';

const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'];

function build(): McpServer {
  const mcp = new McpServer({ name: 'lists', version: '1.0.0' });
  mcp.registerTool('a', { description: 'A', inputSchema: z.object({ n: z.number() }) }, () => ({ content: [] }));
  mcp.registerPrompt('p', { description: 'P' }, () => ({ messages: [] }));
  mcp.registerResource('r', 'test://r', {}, () => ({ contents: [] }));
  mcp.registerResource('t', new ResourceTemplate('test://{id}', { list: undefined }), {}, () => ({ contents: [] }));
  return mcp;
}

/** A factory that looks at something of its context. */
function reads(look: (ctx: ServeContext) => unknown): (ctx: ServeContext) => McpServer {
  return (ctx) => {
    look(ctx);
    return build();
  };
}

/** A factory that counts how often it is called. */
function counting(make: (ctx: ServeContext) => ReturnType<ServeFactory>): {
  factory: ServeFactory;
  calls: () => number;
} {
  let calls = 0;
  return {
    calls: () => calls,
    factory: (ctx) => {
      calls += 1;
      return make(ctx);
    },
  };
}

async function ask(app: TestApp, era: Era, method: string, params = {}, more = {}): Promise<Message> {
  const [message] = await messages(await app.handle(rpcRequest(era, method, params, more)));
  return message ?? {};
}

/** How often the factory ran for the same list, asked for three times. */
async function timesBuilt(
  make: (ctx: ServeContext) => ReturnType<ServeFactory>,
  lists?: 'static' | 'dynamic',
  method = 'tools/list',
) {
  const { factory, calls } = counting(make);
  const app = testApp(serve(factory, { ...(lists && { lists }) }));
  const answers = [];
  for (const id of [1, 'two', 3]) answers.push(await ask(app, 'modern', method, {}, { id }));
  await app.close();
  expect(answers.map(({ id }) => id)).toEqual([1, 'two', 3]);
  return { calls: calls(), answers };
}

/** Callers name themselves: what is tested is only that their answers stay apart. */
const CALLER_BY_HEADER = {
  auth: { mode: 'jwt', issuer: 'https://idp.example.com', audience: ['https://mcp.example.com/mcp'], scopes: [] },
  parts: {
    authenticator: () => ({
      authenticate: ({ headers }: HttpRequest) =>
        Promise.resolve({ caller: { token: 't', clientId: headers['x-caller'] ?? '', scopes: [] } }),
    }),
  },
} as const;

describe('what is remembered', () => {
  test.each(ERAS)('every list, in the %s era: computed once, and each caller gets their own id', async (era) => {
    const { factory, calls } = counting(build);
    const app = testApp(serve(factory, { lists: 'static' }));
    for (const method of era === 'modern' ? [...LISTS, 'server/discover'] : LISTS) {
      const before = calls();
      const first = await ask(app, era, method, {}, { id: 1 });
      const again = await ask(app, era, method, {}, { id: 'x"y' });
      expect(first.result).toBeDefined();
      expect(again).toEqual({ ...first, id: 'x"y' });
      expect(calls() - before).toBe(1);
    }
    await app.close();
  });

  test('the same answer for clients that differ in name, trace and progress token', async () => {
    const { factory, calls } = counting(build);
    const app = testApp(serve(factory));
    for (const name of ['one', 'two']) {
      await ask(app, 'modern', 'tools/list', {
        _meta: {
          'io.modelcontextprotocol/clientInfo': { name, version: name, title: name },
          progressToken: name,
          traceparent: name,
        },
      });
    }
    expect(calls()).toBe(1);
    await app.close();
  });

  test.each([
    ['another cursor', { cursor: 'c' }, {}],
    ['other capabilities', { _meta: { 'io.modelcontextprotocol/clientCapabilities': { sampling: {} } } }, {}],
    ['something unknown', { _meta: { 'example.com/x': 1 } }, {}],
    ['a client without a version', { _meta: { 'io.modelcontextprotocol/clientInfo': { name: 'x' } } }, {}],
    ['another Accept', {}, { headers: { accept: 'application/json' } }],
  ])('not across %s', async (_, params, more) => {
    const { factory } = counting(build);
    const app = testApp(serve(factory));
    const plain = testApp(serve(factory, { lists: 'dynamic' }));
    await ask(app, 'modern', 'tools/list');
    expect(await ask(app, 'modern', 'tools/list', params, more)).toEqual(
      await ask(plain, 'modern', 'tools/list', params, more),
    );
    await app.close();
    await plain.close();
  });

  test('only successes: a wrong header is refused even when the list is there', async () => {
    const app = testApp(serve(build));
    await ask(app, 'modern', 'tools/list');
    const mismatch = await app.handle(
      rpcRequest('modern', 'tools/list', {}, { headers: { 'mcp-method': 'prompts/list' } }),
    );
    expect(mismatch.status).toBe(400);
    await app.close();
  });
});

describe('what is not', () => {
  test('lists of a factory that reads who is calling', async () => {
    expect((await timesBuilt(reads((ctx) => ctx.authInfo))).calls).toBe(3);
    expect((await timesBuilt(reads((ctx) => ({ ...ctx })))).calls).toBe(3);
  });

  test('lists of a factory that reads the request', async () => {
    expect((await timesBuilt(reads((ctx) => ctx.requestInfo))).calls).toBe(3);
  });

  test('lists of a factory that awaits: it may have asked a database', async () => {
    expect((await timesBuilt(() => Promise.resolve(build()))).calls).toBe(3);
  });

  test('lists of a low-level server', async () => {
    const low = () => {
      // eslint-disable-next-line @typescript-eslint/no-deprecated
      const server = new Server({ name: 'low', version: '1.0.0' }, { capabilities: { tools: {} } });
      server.setRequestHandler('tools/list', () => ({ tools: [] }));
      return server;
    };
    expect((await timesBuilt(low)).calls).toBe(3);
    expect((await timesBuilt(low, 'static')).calls).toBe(1);
  });

  test('a list whose handler read who is calling', async () => {
    const { factory, calls } = counting(() => {
      const mcp = build();
      mcp.server.setRequestHandler('tools/list', (_, { http }) => ({
        tools: [{ name: `for-${http?.authInfo?.clientId ?? 'nobody'}`, inputSchema: { type: 'object' } }],
      }));
      return mcp;
    });
    const app = testApp(serve(factory), CALLER_BY_HEADER);
    const names: string[] = [];
    for (const caller of ['ann', 'ben', 'ann']) {
      const { result } = await ask(app, 'modern', 'tools/list', {}, { headers: { 'x-caller': caller } });
      names.push(result.tools[0].name);
    }
    expect(names).toEqual(['for-ann', 'for-ben', 'for-ann']);
    expect(calls()).toBe(3);
    await app.close();
  });

  test.each<[string, (request: Request) => unknown]>([
    ['one header', ({ headers }) => headers.get('X-Caller')],
    ['whether there is a header', ({ headers }) => headers.has('x-caller') && headers.get('x-caller')],
    ['all headers', ({ headers }) => Object.fromEntries(headers)['x-caller']],
    ['the query', ({ url }) => new URL(url).searchParams.get('caller')],
  ])('a list whose handler read of the request: %s', async (_, read) => {
    const { factory, calls } = counting(() => {
      const mcp = build();
      mcp.server.setRequestHandler('tools/list', (_, { http }) => ({
        tools: [{ name: `for-${String(http?.req && read(http.req))}`, inputSchema: { type: 'object' } }],
      }));
      return mcp;
    });
    const app = testApp(serve(factory));
    const names: string[] = [];
    for (const era of ERAS) {
      for (const caller of ['ann', 'ben', 'ann']) {
        const request = rpcRequest(era, 'tools/list', {}, { headers: { 'x-caller': caller } });
        const [message] = await messages(await app.handle({ ...request, query: `caller=${caller}` }));
        names.push(message?.result.tools[0].name);
      }
    }
    expect(names).toEqual(ERAS.flatMap(() => ['for-ann', 'for-ben', 'for-ann']));
    expect(calls()).toBe(6);
    await app.close();
  });

  test('a copy of the request says nothing of the caller that was not seen', async () => {
    const app = testApp(
      serve(() => {
        const mcp = build();
        mcp.server.setRequestHandler('tools/list', (_, { http }) => ({
          tools: [{ name: `for-${http?.req?.clone().headers.get('x-caller')}`, inputSchema: { type: 'object' } }],
        }));
        return mcp;
      }),
    );
    const { result } = await ask(app, 'modern', 'tools/list', {}, { headers: { 'x-caller': 'ann' } });
    expect(result.tools[0].name).toBe('for-null');
    await app.close();
  });

  test('nothing of a registered list is read from the caller, so that callers share it', async () => {
    const { factory, calls } = counting(build);
    const app = testApp(serve(factory), CALLER_BY_HEADER);
    for (const era of ERAS) {
      for (const caller of ['ann', 'ben']) await ask(app, era, 'tools/list', {}, { headers: { 'x-caller': caller } });
    }
    expect(calls()).toBe(2);
    await app.close();
  });

  test('resources of a template that lists its own', async () => {
    let n = 0;
    const { answers } = await timesBuilt(
      () => {
        const mcp = new McpServer({ name: 'x', version: '1.0.0' });
        const list = () => ({ resources: [{ name: 'r', uri: `test://${++n}` }] });
        mcp.registerResource('t', new ResourceTemplate('test://{id}', { list }), {}, () => ({ contents: [] }));
        return mcp;
      },
      undefined,
      'resources/list',
    );
    expect(answers.map(({ result }) => result.resources[0].uri)).toEqual(['test://1', 'test://2', 'test://3']);
  });

  test('errors', async () => {
    const { factory, calls } = counting(() => new McpServer({ name: 'empty', version: '1.0.0' }));
    const app = testApp(serve(factory));
    for (let i = 0; i < 2; i += 1) expect((await ask(app, 'modern', 'tools/list')).error.code).toBe(-32601);
    expect(calls()).toBe(2);
    await app.close();
  });

  test('anything, when lists are dynamic', async () => {
    expect((await timesBuilt(build, 'dynamic')).calls).toBe(3);
  });

  test('reading the caller later, in a tool, changes nothing', async () => {
    const { factory, calls } = counting((ctx) => {
      const mcp = build();
      mcp.registerTool('who', { description: 'Who' }, () => ({
        content: [{ type: 'text', text: typeof ctx.authInfo }],
      }));
      return mcp;
    });
    const app = testApp(serve(factory));
    await ask(app, 'modern', 'tools/list');
    await ask(app, 'modern', 'tools/call', { name: 'who' });
    await ask(app, 'modern', 'tools/list');
    expect(calls()).toBe(2);
    await app.close();
  });

  test('what was remembered before the factory first read who is calling', async () => {
    let personal = false;
    const { factory, calls } = counting((ctx) => {
      return personal ? reads(({ authInfo }) => authInfo)(ctx) : build();
    });
    const app = testApp(serve(factory));
    await ask(app, 'modern', 'tools/list');
    personal = true;
    await ask(app, 'modern', 'tools/call', { name: 'a', arguments: { n: 1 } });
    await ask(app, 'modern', 'tools/list');
    expect(calls()).toBe(3);
    await app.close();
  });
});

describe('changes', () => {
  test('a list that changed is computed again, also when it was being computed meanwhile', async () => {
    const names = ['old'];
    let notify: ServeContext['notify'] | undefined;
    let during: (() => void) | undefined;
    const app = testApp(
      serve((ctx) => {
        notify = ctx.notify;
        const mcp = new McpServer({ name: 'x', version: '1.0.0' });
        for (const name of names) mcp.registerTool(name, { description: name }, () => ({ content: [] }));
        during?.();
        return mcp;
      }),
    );
    const list = async (): Promise<string[]> =>
      (await ask(app, 'modern', 'tools/list')).result.tools.map(({ name }: { name: string }) => name);
    expect(await list()).toEqual(['old']);
    names.push('new');
    expect(await list()).toEqual(['old']);
    during = () => {
      during = undefined;
      names.push('newest');
      notify?.toolsChanged();
    };
    notify?.toolsChanged();
    expect(await list()).toEqual(['old', 'new']); // was right when it was computed, and must not be kept
    expect(await list()).toEqual(['old', 'new', 'newest']);
    await app.close();
  });
});

describe('memoCandidate', () => {
  const headers = { 'content-type': 'application/json' };
  test.each([
    ['no object', [1]],
    ['another version of JSON-RPC', { jsonrpc: '1.0', id: 1, method: 'tools/list' }],
    ['a notification', { jsonrpc: '2.0', method: 'tools/list' }],
    ['a fraction as id', { jsonrpc: '2.0', id: 1.5, method: 'tools/list' }],
    ['null as id', { jsonrpc: '2.0', id: null, method: 'tools/list' }],
    ['a call', { jsonrpc: '2.0', id: 1, method: 'tools/call' }],
    ['more than there should be', { jsonrpc: '2.0', id: 1, method: 'tools/list', extra: 1 }],
    ['params that are no object', { jsonrpc: '2.0', id: 1, method: 'tools/list', params: [] }],
    ['_meta that is no object', { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: null } }],
    ['a very long key', { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { cursor: 'x'.repeat(5000) } }],
  ])('leaves %s to the SDK', (_, message) => {
    expect(memoCandidate({ headers, message })).toBeUndefined();
  });
});

describe('bounds', () => {
  test('the list unused for longest makes room', () => {
    const memo = new ListMemo();
    const candidate = (n: number) => ({ method: 'tools/list' as const, id: 1, key: `k${n}` });
    const answer = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools: [] } });
    for (let n = 0; n < 64; n += 1) memo.store(candidate(n), 0, { 'content-type': 'application/json' }, answer);
    expect(memo.answer(candidate(0))).toBeDefined();
    memo.store(candidate(64), 0, { 'content-type': 'application/json' }, answer);
    expect(memo.answer(candidate(0))).toBeDefined();
    expect(memo.answer(candidate(1))).toBeUndefined();
  });

  test.each([
    ['a question to the client', { jsonrpc: '2.0', id: 1, result: { resultType: 'input_required' } }],
    ['an error', { jsonrpc: '2.0', id: 1, error: { code: 1, message: '' } }],
    ['an answer to somebody else', { jsonrpc: '2.0', id: 2, result: {} }],
    ['more than a result', { jsonrpc: '2.0', id: 1, result: {}, extra: 1 }],
  ])('%s is not stored', (_, answer) => {
    const memo = new ListMemo();
    const candidate = { method: 'tools/list' as const, id: 1, key: 'k' };
    memo.store(candidate, 0, { 'content-type': 'application/json' }, JSON.stringify(answer));
    expect(memo.answer(candidate)).toBeUndefined();
  });

  test('nor is a stream that holds more than the answer, or an answer from before a change', () => {
    const memo = new ListMemo();
    const candidate = { method: 'tools/list' as const, id: 1, key: 'k' };
    const event = `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} })}\n\n`;
    memo.store(candidate, 0, { 'content-type': 'text/event-stream' }, `: keepalive\n\n${event}`);
    expect(memo.answer(candidate)).toBeUndefined();
    memo.clear();
    memo.store(candidate, 0, { 'content-type': 'text/event-stream' }, event);
    expect(memo.answer(candidate)).toBeUndefined();
    memo.store(candidate, memo.generation, { 'content-type': 'text/event-stream' }, event);
    expect(memo.answer(candidate)?.body.toString()).toBe(event);
  });
});
