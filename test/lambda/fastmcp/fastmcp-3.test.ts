import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connect } from '../../support/mcp.ts';
import { describeBesideFastMcp3 } from '../../support/python-peer.ts';
import { AUDIENCE, claims, LocalIssuer, sign, signingKey } from '../auth/local-issuer.ts';
import { failedStart, startPythonHost, stopPythonHosts } from './host/python-host.ts';
import { ALL_PASSED, pytest, python } from './kit-python.ts';

const PYTHON = process.env.MCP_KIT_FASTMCP_3 ?? '';

/** Calls a tool of a host, as a client that has just come. */
async function call(url: string, name: string, headers?: Record<string, string>): Promise<string> {
  const client = await connect(`${url}/mcp`, 'legacy', headers);
  const { content } = await client.callTool({ name, arguments: {} });
  await client.close();
  return (content as { text: string }[])[0]!.text;
}

afterEach(stopPythonHosts);

describeBesideFastMcp3('mcp_kit with FastMCP 3.4.7 and the MCP SDK 1', () => {
  test('is what this test runs', async () => {
    const versions = 'import fastmcp, importlib.metadata as m; print(fastmcp.__version__, m.version("mcp"))';
    const { output } = await python(['-c', versions], {}, PYTHON);
    expect(output).toMatch(/^3\.4\.7 1\./);
  });

  test.each([
    'test_oauth_storage.py',
    'test_sign_in.py',
    'test_response_cache.py',
    'test_state_faults.py',
    'test_host_logs.py',
    'test_public_names.py',
    'test_versions.py',
  ])(
    '%s',
    async (file) => {
      const { code, output } = await pytest(file, {}, PYTHON);
      expect(output).toMatch(ALL_PASSED);
      expect(code).toBe(0);
    },
    60_000,
  );

  test.each(['memory:', 'file:'])('a read-only tool is called once, another one each time: %s', async (store) => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-fastmcp-3-'));
    const env = { MCP_STORE_URL: store === 'file:' ? `file://${folder}/store` : store };
    const options = { python: PYTHON, target: 'cached:mcp', env };
    const host = await startPythonHost(options);
    const first = await call(host.url, 'read');
    expect(first).toMatch(/^read 1 of \d+$/);
    expect(await call(host.url, 'read')).toBe(first);
    expect(await call(host.url, 'write')).toMatch(/^write 1 /);
    expect(await call(host.url, 'write')).toMatch(/^write 2 /);
    host.kill('SIGTERM');
    expect(await host.ended()).toBe(0);
    if (store === 'file:') {
      const next = await startPythonHost(options);
      expect(await call(next.url, 'write')).toMatch(/^write 1 /);
      expect(await call(next.url, 'read')).toBe(first);
    }
    rmSync(folder, { recursive: true });
  });

  test('bearer tokens are checked before it', async () => {
    const key = await signingKey('one');
    const issuer = await new LocalIssuer().start();
    issuer.keys = [key.jwk];
    const policy = { mode: 'jwt', issuer: issuer.issuer, audience: [AUDIENCE], scopes: ['mcp:read'] };
    const { url } = await startPythonHost({ python: PYTHON, env: { MCP_AUTH: JSON.stringify(policy) } });
    const authorization = `Bearer ${await sign(key, claims(issuer.issuer, {}))}`;
    expect(await call(url, 'caller', { authorization })).toBe('client-1 user-1 mcp:read mcp:write');
    const refused = await fetch(`${url}/mcp`, { method: 'POST', headers: { authorization: 'Bearer x' } });
    expect(refused.status).toBe(401);
    await issuer.stop();
  });

  test.each([
    [
      'asks_back:mcp',
      'asks_back.py line 4: ImportError: request_state_security() needs FastMCP 4: tools of FastMCP 3 carry no state from one ' +
        'request to the next, so there is nothing to seal; require fastmcp>=4, or leave request_state_security= out',
    ],
    [
      'sdk1_server:mcp',
      '"sdk1_server:mcp" is a mcp.server.fastmcp.server.FastMCP and no FastMCP server: that is the server of the MCP SDK; ' +
        'import FastMCP from the package fastmcp instead',
    ],
  ])('one line tells why %s is not served', async (target, message) => {
    expect(await failedStart({ python: PYTHON, target })).toEqual({ code: 1, errors: `${message}\n` });
  });
});
