import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { describeBesidePython } from '../../../support/python-peer.ts';
import { failedStart, startPythonHost, stopPythonHosts } from './python-host.ts';

const FIXTURES = join(__dirname, 'fixtures');
afterEach(stopPythonHosts);

describeBesidePython('the Python host starts', () => {
  test.each(['server:mcp', 'server:factory', 'server:async_factory'])('%s', async (target) => {
    const host = await startPythonHost({ target });
    expect(await (await fetch(`${host.url}/health`)).json()).toEqual({ status: 'ok' });
    host.kill('SIGTERM');
    expect(await host.ended()).toBe(0);
    expect(host.lines).toEqual([
      expect.objectContaining({ level: 'INFO', message: 'listening', service: 'steps', url: `${host.url}/mcp` }),
    ]);
  });
});

describeBesidePython('one line tells why the Python host does not start', () => {
  test.each([
    ['server', '"server" names no server: write MODULE:OBJECT, as server:mcp for the object mcp in server.py'],
    ['nosuch:mcp', `no module "nosuch" in ${FIXTURES}: start in the folder that holds it, or correct the name`],
    [
      'needs_package:mcp',
      'needs_package.py line 2: no module "nosuchpackage": add what provides it to your requirements',
    ],
    ['broken:mcp', "broken.py line 4: KeyError: 'DATABASE'"],
    ['unfinished:mcp', "unfinished.py line 2: SyntaxError: '(' was never closed (unfinished.py, line 2)"],
    ['server:app', 'the module "server" has no object "app"; its FastMCP servers are: mcp, guarded'],
    [
      'broken_name:mcp',
      `no module "broken_name" in ${FIXTURES}: start in the folder that holds it, or correct the name`,
    ],
    [
      'server:text',
      '"server:text" is a builtins.str and no FastMCP server: make it one: mcp = FastMCP(…), from the package fastmcp',
    ],
    [
      'sdk_server:mcp',
      '"sdk_server:mcp" is a mcp.server.mcpserver.server.MCPServer and no FastMCP server: that is the server of the MCP SDK; import FastMCP from the package fastmcp instead',
    ],
    [
      'server:needs',
      '"server:needs" is a function with parameters: name one without, which returns the FastMCP server',
    ],
    ['server:broken_factory', 'server.py line 101: RuntimeError: no database'],
    [
      'malformed:mcp',
      'malformed.py line 11: ValidationError: secret: Input should be a valid integer, unable to parse string as an integer',
    ],
    [
      'over_http:unfinished',
      'FastMCP cannot serve this server: RuntimeError: no routes; correct what FastMCP(…) and its auth are given',
    ],
    [
      'bad_lifespan:mcp',
      'the lifespan of the server failed, so it does not serve: the line above tells the kind of error and its place',
    ],
  ])('%s', async (target, message) => {
    const { code, errors } = await failedStart({ target });
    expect(errors).toBe(`${message}\n`);
    expect(code).toBe(1);
  });

  test('a sign-in under an address without TLS', async () => {
    const { code, errors } = await failedStart({ target: 'over_http:mcp', env: { MCP_AUTH: '{"mode":"server"}' } });
    expect(errors).toBe(
      'FastMCP cannot serve this server: ValueError: Issuer URL must be HTTPS; its sign-in has the address ' +
        'http://mcp.example.com, and FastMCP signs people in under https only, but for this machine: give the provider a ' +
        'base_url that begins with https://, as base_url() from mcp_kit does with MCP_BASE_URL\n',
    );
    expect(code).toBe(1);
  });

  test.each([
    [{ PORT: 'x' }, 'PORT is "x": set a number from 0 to 65535, as PORT=3000'],
    [{ PORT: '65536' }, 'PORT is "65536": set a number from 0 to 65535, as PORT=3000'],
    [{ HOST: '192.0.2.1' }, '192.0.2.1 is no address of this machine: set HOST to one that is'],
    [
      { MCP_DRAIN_SECONDS: '1.5' },
      'MCP_DRAIN_SECONDS is "1.5": set whole seconds from 0 to 86400, as MCP_DRAIN_SECONDS=30',
    ],
    [
      { MCP_KEEP_ALIVE_SECONDS: '86401' },
      'MCP_KEEP_ALIVE_SECONDS is "86401": set whole seconds from 0 to 86400, as MCP_KEEP_ALIVE_SECONDS=30',
    ],
    [{ MCP_SERVER_NAME: '' }, 'MCP_SERVER_NAME is not set. Example: MCP_SERVER_NAME=notes'],
  ] as [Record<string, string>, string][])('%j', async (env, message) => {
    expect(await failedStart({ env })).toEqual({ code: 1, errors: `${message}\n` });
  });

  test('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, errors } = await failedStart({ env: { PORT: String(port) } });
    expect(errors).toBe(`port ${port} on 127.0.0.1 is in use: stop what uses it, or set PORT to another\n`);
    expect(code).toBe(1);
    other.close();
  });

  test.each([
    ['server:mcp', 'server', /^MCP_AUTH has the mode "server", but the server checks nobody: give it a provider/],
    [
      'server:guarded',
      'jwt',
      /^MCP_AUTH has the mode "jwt", but the server has an auth of its own: take auth= out of FastMCP\(…\), or deploy with McpAuth\.fastmcp\(\)/,
    ],
  ])('%s with an MCP_AUTH that does not fit: %s', async (target, mode, message) => {
    const policy = mode === 'jwt' ? { mode, issuer: 'https://idp.example.com', audience: ['a'], scopes: [] } : { mode };
    const { code, errors } = await failedStart({ target, env: { MCP_AUTH: JSON.stringify(policy) } });
    expect(errors).toMatch(message);
    expect(errors.trimEnd()).not.toContain('\n');
    expect(code).toBe(1);
  });
});
