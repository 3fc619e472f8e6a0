import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequestTo } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describeBesidePython } from '../../../support/python-peer.ts';
import { connect, type Era, ERAS, httpRequest, rpcRequest } from '../../../support/mcp.ts';
import { open } from '../../../support/sse.ts';
import { type PythonHost, startPythonHost, stopPythonHosts } from './python-host.ts';

const MIB = 1024 * 1024;
const TOOLS = ['steps', 'advance', 'waits', 'hangs', 'fails', 'logs', 'caller', 'address'];
const STEPS = { name: 'steps', arguments: { count: 3 }, _meta: { progressToken: 'p' } };

let host: PythonHost;

async function call(name: string, args: object = {}, era: Era = 'modern', url = host.url): Promise<unknown> {
  const answer = await open(url, rpcRequest(era, 'tools/call', { name, arguments: args }));
  const text = await answer.text();
  const data = answer.headers['content-type'] === 'application/json' ? text : /^data: (.*)$/m.exec(text)![1]!;
  return (JSON.parse(data) as { result: { content: { text: string }[] } }).result.content[0]!.text;
}

describeBesidePython('the Python host', () => {
  beforeAll(async () => {
    host = await startPythonHost();
  });
  afterAll(stopPythonHosts);

  describe('clients', () => {
    test.each(ERAS)('the official one is served in the %s era', async (era) => {
      const client = await connect(`${host.url}/mcp`, era);
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
      const seen: number[] = [];
      const result = await client.callTool(
        { name: 'steps', arguments: { count: 3 } },
        {
          onprogress: ({ progress }) => {
            seen.push(progress);
            void call('advance', {}, era); // the tool goes on only when its last notification has arrived
          },
        },
      );
      expect(result.content).toEqual([{ type: 'text', text: 'done' }]);
      expect(seen).toEqual([1, 2, 3]);
      await client.close();
    });

    test.each([
      ['legacy', '2025-11-25'],
      ['2026-07-28', '2026-07-28'],
      ['auto', '2026-07-28'],
    ])("FastMCP's own is served in the mode %s", async (mode, version) => {
      const script = join(__dirname, 'fastmcp_client.py');
      const { stdout } = await promisify(execFile)(process.env.MCP_KIT_PYTHON!, [script, `${host.url}/mcp`, mode]);
      expect(JSON.parse(stdout)).toEqual({ version, tools: TOOLS, result: 'done', progress: [1, 2, 3] });
    });
  });

  describe('streams', () => {
    test.each(ERAS)('arrive event by event in the %s era', async (era) => {
      const answer = await open(host.url, rpcRequest(era, 'tools/call', STEPS, { id: 5 }));
      expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
      for (const progress of [1, 2, 3]) {
        expect(await answer.next()).toMatchObject({ params: { progress } });
        await call('advance', {}, era);
      }
      expect(await answer.next()).toMatchObject({ id: 5, result: { content: [{ text: 'done' }] } });
      expect(await answer.next()).toBeUndefined();
    });
  });

  describe('paths', () => {
    test.each([
      ['GET', '/health', 200, { status: 'ok' }],
      ['POST', '/health', 405, { error: 'method_not_allowed', error_description: 'Use GET or HEAD' }],
      ['GET', '/', 404, { error: 'not_found', error_description: 'The MCP endpoint is /mcp' }],
      ['POST', '/mcp/x', 404, { error: 'not_found', error_description: 'The MCP endpoint is /mcp' }],
      ['GET', '/.well-known/oauth-protected-resource', 404, expect.anything()],
      ['GET', '/mcp', 405, { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Method not allowed.' } }],
      ['DELETE', '/mcp', 405, { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Method not allowed.' } }],
    ])('%s %s', async (method, path, status, body) => {
      const answer = await fetch(`${host.url}${path}`, { method });
      expect(answer.status).toBe(status);
      expect(await answer.json()).toEqual(body);
      if (path === '/mcp') expect(answer.headers.get('allow')).toBe('POST');
    });

    test('HEAD /health has no body', async () => {
      const answer = await fetch(`${host.url}/health`, { method: 'HEAD' });
      expect([answer.status, await answer.text()]).toEqual([200, '']);
    });

    test('/mcp/ is the same endpoint, without a redirect', async () => {
      const request = { ...rpcRequest('modern', 'tools/call', { name: 'caller', arguments: {} }), path: '/mcp/' };
      const answer = await open(host.url, request);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('nobody')]);
    });
  });

  describe('pages and names', () => {
    const list = rpcRequest('modern', 'tools/list');
    const status = async (headers: Record<string, string>, path = '/mcp'): Promise<number> =>
      (await open(host.url, { ...list, path, headers: { ...list.headers, ...headers } })).status;

    test.each([
      ['http://localhost:5173', 200],
      ['http://127.0.0.1', 200],
      ['http://[::1]:1', 200],
      ['https://localhost:5173', 403],
      ['https://evil.example.com', 403],
      ['http://localhost.evil.example.com', 403],
      ['http://localhost:5173, http://localhost:5173', 403],
      ['http://user@localhost', 403],
      ['null', 403],
    ])('Origin %s: %i', async (origin, expected) => {
      expect(await status({ origin })).toBe(expected);
    });

    test.each([
      ['localhost', 200],
      ['127.0.0.1:9999', 200],
      ['[::1]:3000', 200],
      ['evil.example.com', 403],
      ['localhost.evil.example.com', 403],
      ['localhost@evil.example.com', 403],
    ])('Host %s: %i', async (name, expected) => {
      expect(await status({ host: name })).toBe(expected);
    });

    test('a load balancer asks for the health by address', async () => {
      const answer = await open(host.url, httpRequest({ path: '/health', headers: { host: '10.0.0.7:8080' } }));
      expect(answer.status).toBe(200);
    });

    test('a preflight names the headers of MCP, and the answer may be read by that page alone', async () => {
      const origin = 'http://localhost:5173';
      const headers = { origin, 'access-control-request-headers': 'mcp-param-City, x-other' };
      const preflight = await open(host.url, httpRequest({ method: 'OPTIONS', headers }));
      expect(preflight.status).toBe(204);
      expect(preflight.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-headers': expect.stringMatching(
          /authorization, .*mcp-protocol-version, .*mcp-param-city$/,
        ),
        vary: 'Origin',
      });
      expect(preflight.headers['access-control-allow-credentials']).toBeUndefined();
      const answer = await open(host.url, { ...list, headers: { ...list.headers, origin } });
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': expect.stringContaining('www-authenticate'),
      });
    });
  });

  describe('bodies', () => {
    test('one that says it is too large is refused unread', async () => {
      const outgoing = httpRequestTo(`${host.url}/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': String(5 * MIB) },
      });
      outgoing.on('error', () => undefined);
      outgoing.flushHeaders();
      const [incoming] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
      expect(incoming.statusCode).toBe(413);
      outgoing.destroy();
    });

    test('one that turns out too large is refused while it is read', async () => {
      const outgoing = httpRequestTo(`${host.url}/mcp`, { method: 'POST' });
      outgoing.on('error', () => undefined);
      const answered = once(outgoing, 'response') as Promise<[NodeJS.ReadableStream & { statusCode: number }]>;
      for (let sent = 0; sent <= 5; sent++) outgoing.write(Buffer.alloc(MIB, 32));
      const [incoming] = await answered;
      expect(incoming.statusCode).toBe(413);
      outgoing.destroy();
    });

    test.each(ERAS)('one of almost 4 MiB is served in the %s era', async (era) => {
      const name = 'fails';
      const params = { name, arguments: { value: 'x'.repeat(4 * MIB - 1000) } };
      const answer = await open(host.url, rpcRequest(era, 'tools/call', params));
      expect(answer.status).toBe(200);
      expect((await answer.text()).length).toBeGreaterThan(4 * MIB - 1000);
    });

    test('the server goes on after a client that breaks off, or speaks no HTTP', async () => {
      const { port } = new URL(host.url);
      for (const text of [
        'GARBAGE\r\n\r\n',
        'POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"a"',
      ]) {
        const socket = connectTcp(Number(port), '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        await new Promise((resolve) => socket.write(text, resolve));
        socket.destroy();
      }
      expect(await call('caller')).toBe('nobody');
    });
  });

  describe('logs', () => {
    test('tell of a failed tool its kind and place, nothing of what it was given', async () => {
      const secret = 'hunter2-hunter2';
      for (const era of ERAS) await call('fails', { value: secret }, era);
      await call('fails', { wrong: secret });
      await call('logs', { value: secret });
      const of = (logger: string): unknown[] => host.lines.filter((line) => line.logger === logger);
      expect(of('fastmcp.server.server')).toContainEqual(
        expect.objectContaining({
          level: 'ERROR',
          message: "Error calling tool 'fails'",
          service: 'steps',
          kind: 'ValueError',
          at: expect.stringMatching(/server\.py:\d+ fails$/),
        }),
      );
      expect(of('notes')).toEqual([
        expect.objectContaining({ level: 'WARN', message: "a line of the author's", count: 3, api_key: '[hidden]' }),
      ]);
      expect(host.output()).not.toContain(secret);
    });
  });

  describe('proxies', () => {
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };
    const seen = async (url: string): Promise<string> => {
      const request = rpcRequest('modern', 'tools/call', { name: 'address', arguments: {} }, { headers: forwarded });
      const { result } = JSON.parse(await (await open(url, request)).text()) as {
        result: { content: { text: string }[] };
      };
      return result.content[0]!.text;
    };

    test('are believed only when told', async () => {
      expect(await seen(host.url)).toBe('http 127.0.0.1');
      const behind = await startPythonHost({ env: { FORWARDED_ALLOW_IPS: '*' } });
      expect(await seen(behind.url)).toBe('https 203.0.113.9');
      const elsewhere = await startPythonHost({ env: { FORWARDED_ALLOW_IPS: '10.0.0.0/8' } });
      expect(await seen(elsewhere.url)).toBe('http 127.0.0.1');
    });
  });
});
