import { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

import { jwtAuthenticator } from '../../lambda/auth/jwt.ts';
import { secretsManagerKeyRing } from '../../lambda/keys/secrets-manager.ts';
import { serve } from '../../lambda/serve.ts';
import { bodyText, ERAS, rpcRequest, type TestApp, testApp } from '../support/mcp.ts';

/** Secrets that are planted wherever a client, an author or a service can put one. None may come out in a log. */
let planted = 0;
const canary = (): string => `s3cr3t${planted++}x`;

/** Everything that can be thrown, with a secret in every part of it. */
const FAULTS: Record<string, () => unknown> = {
  message: () => new Error(`${canary()}\n    at ${canary()} (file:///x.ts:1:1)`),
  'code and name': () => Object.assign(new Error(canary()), { code: canary(), name: `E ${canary()}` }),
  'code of JSON-RPC': () => Object.assign(new Error(`Bad Request: ${canary()}`), { code: -32001 }),
  cause: () => new Error(canary(), { cause: new Error(canary()) }),
  text: () => canary(),
  object: () => ({ message: canary(), name: canary(), code: canary() }),
};
const RESULTS: Record<string, () => unknown> = {
  'not a list': () => ({ content: canary() }),
  'not a content': () => ({ content: [{ type: canary(), text: canary() }] }),
  'not JSON': () => ({ content: [{ type: 'text', text: canary() }], structuredContent: { [canary()]: 1n } }),
};

const printed: string[] = [];
beforeAll(() => {
  for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, name).mockImplementation((...args: unknown[]) => {
      printed.push(args.map((item) => (item instanceof Error ? String(item.stack) : JSON.stringify(item))).join(' '));
    });
  }
});
afterAll(() => {
  jest.restoreAllMocks();
});

function canaryServer(fault: () => unknown) {
  return serve((ctx) => {
    const mcp = new McpServer({ name: 'x', version: '1.0.0' }, { requestState: { verify: ctx.requestState().verify } });
    const tool = (name: string, run: () => unknown): void => {
      mcp.registerTool(name, { inputSchema: z.object({ a: z.string() }) }, run as () => never);
    };
    tool('throws', () => {
      throw fault();
    });
    tool('rejects', async () => {
      await Promise.resolve();
      throw fault();
    });
    for (const [name, make] of Object.entries(RESULTS)) tool(name, make);
    tool('stores', () => ctx.store.put(canary().repeat(500), { [canary()]: canary() }));
    mcp.registerResource('r', 'test://r', {}, () => {
      throw fault();
    });
    mcp.registerPrompt('p', {}, () => {
      throw fault();
    });
    return mcp;
  });
}

async function visit(app: TestApp): Promise<void> {
  const headers = { authorization: `Bearer ${canary()}`, 'x-api-key': canary(), cookie: `a=${canary()}` };
  const calls: [string, Record<string, unknown>, Record<string, string>?][] = [
    ...['throws', 'rejects', 'stores', canary(), ...Object.keys(RESULTS)].map(
      (name): [string, Record<string, unknown>] => ['tools/call', { name, arguments: { a: canary() } }],
    ),
    ['tools/call', { name: 'throws', arguments: { a: 1, [canary()]: canary() } }],
    ['tools/call', { name: 'throws', arguments: { a: '' }, inputResponses: { a: canary() }, requestState: canary() }],
    ['resources/read', { uri: 'test://r' }],
    ['resources/read', { uri: `test://${canary()}` }],
    ['prompts/get', { name: 'p' }],
    [`x/${canary()}`, {}],
    ...['mcp-protocol-version', 'mcp-method', 'content-type', 'accept', 'origin'].map(
      (name): [string, Record<string, unknown>, Record<string, string>] => ['tools/list', {}, { [name]: canary() }],
    ),
  ];
  for (const era of ERAS) {
    for (const [method, params, more] of calls) {
      const request = rpcRequest(era, method, params, { id: canary(), headers: { ...headers, ...more } });
      await bodyText(await app.handle({ ...request, query: `q=${canary()}` }));
    }
  }
  await app.handle({ ...rpcRequest('modern', 'tools/list'), body: `{"${canary()}` });
}

const lines = (app: TestApp): string => JSON.stringify(app.log.lines) + printed.splice(0).join('\n');

test.each(Object.keys(FAULTS))('of calls, their results, and errors with secrets in: %s', async (name) => {
  const app = testApp(canaryServer(FAULTS[name]!));
  await visit(app);
  await app.close();
  expect(app.log.lines.length).toBeGreaterThan(0);
  expect(lines(app)).not.toContain('s3cr3t');
});

test.each(Object.keys(FAULTS))('of factories that throw: %s', async (name) => {
  const app = testApp(
    serve(() => {
      throw FAULTS[name]!();
    }),
  );
  for (const era of ERAS) expect((await app.handle(rpcRequest(era, 'tools/list'))).status).toBe(500);
  await app.close();
  expect(app.log.lines.length).toBeGreaterThan(0);
  expect(lines(app)).not.toContain('s3cr3t');
});

test('of tokens that are refused, or cannot be checked', async () => {
  const issuer = 'http://127.0.0.1:1';
  const parts = { authenticator: (policy: Parameters<typeof jwtAuthenticator>[0]) => jwtAuthenticator(policy) };
  const app = testApp(canaryServer(FAULTS.message!), {
    auth: { mode: 'jwt', issuer, audience: ['a'], scopes: [] },
    parts,
  });
  await visit(app);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const tokens = [
    `${part({ alg: 'RS256', kid: canary() })}.${part({ iss: issuer, sub: canary() })}.${part({ c: canary() })}`,
    `${part({ alg: canary(), kid: canary() })}.${part({ iss: canary() })}.${part({})}`,
  ];
  const statuses = [];
  for (const token of tokens) {
    const headers = { authorization: `Bearer ${token}` };
    statuses.push((await app.handle(rpcRequest('modern', 'tools/list', {}, { headers }))).status);
    for (const piece of token.split('.')) expect(lines(app)).not.toContain(piece);
  }
  expect(statuses).toEqual([503, 401]);
  await app.close();
  expect(lines(app)).not.toContain('s3cr3t');
});

test.each([
  ['is no JSON', () => `{"root":"${canary()}`],
  ['is too short', () => `{"root":"${canary()}"}`],
  ['has odd keys', () => `{"version":1,"storage":[{"kid":"${canary()}","key":"${canary()}"}]}`],
  ['has the keys of others', () => `{"version":1,"storage":[{"kid":"a","key":"${'A'.repeat(43)}"}]}`],
])('of a key ring that %s: it fails closed', async (_, text) => {
  const told: string[] = [];
  const ring = secretsManagerKeyRing('arn:aws:secretsmanager:us-east-1:111122223333:secret:K', {
    source: { fetch: () => Promise.resolve(text()) },
    warn: (problem) => told.push(problem),
  });
  const error: unknown = await ring.keys('request-state').catch((fault: unknown) => fault);
  expect(error).toMatchObject({ name: 'KeyRingError' });
  expect(String((error as Error).stack) + told.join('\n')).not.toMatch(/s3cr3t|AAAA/);
});
