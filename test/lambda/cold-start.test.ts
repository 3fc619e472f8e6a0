import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bundle } from '../../lib/code/bundle.ts';
import { RuntimeHost, RuntimePart } from '../../lib/code/runtime-part.ts';
import { writeBundle } from '../../lib/code/write-bundle.ts';

/**
 * What a cold start must not load: undici (the first `Request`, `Response` or `fetch` of a process, 20 to 40 ms), and the
 * logger. A fresh process per case, on the bundle that would be deployed.
 */
const folder = mkdtempSync(join(tmpdir(), 'mcp-cold-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
beforeAll(() => {
  const made = bundle({
    entry: join(__dirname, '..', '..', 'examples', 'conformance', 'server.ts'),
    host: RuntimeHost.LAMBDA,
    parts: [RuntimePart.MEMORY_STORE],
    settings: {},
  });
  writeBundle(made, folder);
  writeFileSync(join(folder, 'probe.mjs'), PROBE);
});

/** Plays one request after the other to the handler, and prints what was loaded and how often web classes were made. */
const PROBE = `
import { registerHooks } from 'node:module';
import { Writable } from 'node:stream';
const undici = () => process.moduleLoadList.filter((name) => name.includes('undici')).length;
let modules = 0;
let made = 0;
registerHooks({ load: (url, context, next) => (modules++, next(url, context)) });
globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: { from: (stream, head) => Object.assign(stream, { head }) },
};
const { handler } = await import('./index.mjs');
const started = modules;
const seen = [{ undici: undici() }];
for (const { count, ...event } of JSON.parse(process.argv[2])) {
  if (count) {
    for (const name of ['Request', 'Response', 'Headers']) {
      const real = globalThis[name];
      globalThis[name] = new Proxy(real, { construct: (target, args) => (made++, Reflect.construct(target, args)) });
    }
  }
  const stream = new Writable({ write: (chunk, encoding, done) => done() });
  await handler(event, stream, { awsRequestId: 'r', getRemainingTimeInMillis: () => 30000 });
  seen.push({ status: stream.head.statusCode, undici: undici(), made, later: modules - started });
}
console.log(JSON.stringify(seen));
`;

interface Event {
  readonly count?: boolean;
  readonly [name: string]: unknown;
}

function event(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Event {
  return {
    rawPath: path,
    rawQueryString: '',
    headers,
    isBase64Encoded: false,
    requestContext: { domainName: 'abc.lambda-url.us-east-1.on.aws', http: { method } },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

function list(id: number): Event {
  return event(
    'POST',
    '/mcp',
    {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/list',
    },
    {
      jsonrpc: '2.0',
      id,
      method: 'tools/list',
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    },
  );
}

interface Seen {
  readonly status?: number;
  /** Modules of undici that are loaded by now. */
  readonly undici: number;
  /** Web classes made since they are counted. */
  readonly made?: number;
  /** Modules loaded since the start. */
  readonly later?: number;
}

function play(events: readonly Event[], auth: object = { mode: 'none' }): Seen[] {
  const output = execFileSync(process.execPath, ['probe.mjs', JSON.stringify(events)], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, MCP_SERVER_NAME: 'cold', MCP_STORE_URL: 'memory:', MCP_AUTH: JSON.stringify(auth) },
  });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Seen[];
}

test('undici is loaded by nothing that does not reach the SDK', () => {
  const seen = play([
    event('GET', '/health'),
    event('OPTIONS', '/mcp', { origin: 'http://localhost:6274', 'access-control-request-method': 'POST' }),
    event('POST', '/mcp', { origin: 'https://evil.example.com' }),
    event('GET', '/mcp'),
    event('GET', '/nothing'),
  ]);
  expect(seen.map(({ status }) => status)).toEqual([undefined, 200, 204, 403, 405, 404]);
  expect(seen.map(({ undici }) => undici)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(seen.at(-1)?.later).toBe(0); // nor the logger
});

test('undici is not loaded to refuse a caller', () => {
  const seen = play([event('POST', '/mcp', { 'content-type': 'application/json' }, {})], { mode: 'iam' });
  expect(seen).toMatchObject([{ undici: 0 }, { status: 403, undici: 0, later: 0 }]);
});

test('a list from memory makes no Request, no Response and no Headers', () => {
  const seen = play([list(1), { ...list(2), count: true }, list(3)]);
  expect(seen.slice(2)).toMatchObject([
    { status: 200, made: 0, later: 0 },
    { status: 200, made: 0, later: 0 },
  ]);
});
