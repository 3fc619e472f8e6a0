import { describeBesidePython } from '../../../support/python-peer.ts';
import { connect, ERAS, httpRequest, rpcRequest } from '../../../support/mcp.ts';
import { open } from '../../../support/sse.ts';
import { AUDIENCE, claims, LocalIssuer, ORIGIN, sign, signingKey } from '../../auth/local-issuer.ts';
import type { SigningKey } from '../../auth/local-issuer.ts';
import { type PythonHost, startPythonHost, stopPythonHosts } from './python-host.ts';

const who = (headers: Record<string, string> = {}): ReturnType<typeof rpcRequest> =>
  rpcRequest('modern', 'tools/call', { name: 'caller', arguments: {} }, { headers: { host: 'localhost', ...headers } });

async function ask(host: PythonHost, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await open(host.url, who(headers));
  const body = JSON.parse(await answer.text()) as { result?: { content: { text: string }[] } };
  return body.result ? body.result.content[0]!.text : [answer.status, answer.headers['www-authenticate'], body];
}

afterAll(stopPythonHosts);

describeBesidePython('mode jwt', () => {
  let issuer: LocalIssuer;
  let key: SigningKey;
  let host: PythonHost;

  beforeAll(async () => {
    key = await signingKey('one');
    issuer = await new LocalIssuer().start();
    issuer.keys = [key.jwk];
    const policy = { mode: 'jwt', issuer: issuer.issuer, audience: [AUDIENCE], scopes: ['mcp:read'] };
    host = await startPythonHost({ env: { MCP_AUTH: JSON.stringify(policy), MCP_BASE_URL: ORIGIN } });
  });
  afterAll(() => issuer.stop());

  const bearer = async (changes = {}): Promise<{ authorization: string }> => ({
    authorization: `Bearer ${await sign(key, claims(issuer.issuer, changes))}`,
  });
  const METADATA = `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/mcp", scope="mcp:read"`;

  test('no token: the challenge names the metadata under the base URL', async () => {
    expect(await ask(host)).toEqual([
      401,
      `Bearer ${METADATA}`,
      { error: 'invalid_token', error_description: 'A bearer token is required' },
    ]);
  });

  test.each(['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource'])(
    'the metadata at %s',
    async (path) => {
      const answer = await open(host.url, httpRequest({ path, headers: { 'x-forwarded-host': 'evil.example.com' } }));
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(JSON.parse(await answer.text())).toEqual({
        resource: AUDIENCE,
        authorization_servers: [issuer.issuer],
        scopes_supported: ['mcp:read'],
        bearer_methods_supported: ['header'],
      });
    },
  );

  test('the base URL is one of the names of the server', async () => {
    const { host: name } = new URL(ORIGIN);
    expect(await ask(host, { ...(await bearer()), host: name })).toBe('client-1 user-1 mcp:read mcp:write');
    expect(await ask(host, { ...(await bearer()), host: 'other.example.com' })).toEqual([
      403,
      undefined,
      expect.anything(),
    ]);
  });

  test.each(ERAS)('the official client with a token, in the %s era', async (era) => {
    const client = await connect(`${host.url}/mcp`, era, await bearer());
    const { content } = await client.callTool({ name: 'caller', arguments: {} });
    expect(content).toEqual([{ type: 'text', text: 'client-1 user-1 mcp:read mcp:write' }]);
    await client.close();
  });

  test('a token that has just expired passes while clocks may differ, as in the TypeScript host', async () => {
    const exp = Math.floor(Date.now() / 1000) - 20;
    expect(await ask(host, await bearer({ exp }))).toBe('client-1 user-1 mcp:read mcp:write');
  });

  test.each([
    ['of another audience', { aud: 'https://other.example.com/mcp' }, 401, 'invalid_token'],
    ['without a scope', { scope: 'other' }, 403, 'insufficient_scope'],
  ])('a token %s', async (_name, changes, status, error) => {
    expect(await ask(host, await bearer(changes))).toEqual([
      status,
      expect.stringMatching(new RegExp(`^Bearer error="${error}", error_description="[^"]+", resource_metadata=`)),
      expect.objectContaining({ error }),
    ]);
  });

  test('two Authorization headers are refused, whichever is first', async () => {
    const { authorization } = await bearer();
    for (const both of [
      [authorization, 'Bearer x'],
      ['Bearer x', authorization],
    ]) {
      const { headers, ...rest } = who();
      const answer = await open(host.url, { ...rest, headers: { ...headers, authorization: both as never } });
      expect(answer.status).toBe(400);
    }
  });

  test('an issuer that cannot be reached is 503, and a line says so', async () => {
    const gone = await new LocalIssuer().start();
    await gone.stop();
    const policy = { mode: 'jwt', issuer: gone.issuer, audience: [AUDIENCE], scopes: [] };
    const cut = await startPythonHost({ env: { MCP_AUTH: JSON.stringify(policy) } });
    const token = await sign(key, claims(gone.issuer));
    const answer = await open(cut.url, who({ authorization: `Bearer ${token}` }));
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(cut.lines).toContainEqual(
      expect.objectContaining({
        level: 'WARN',
        message: expect.stringContaining(`cannot read the keys of the issuer`),
      }),
    );
    expect(cut.output()).not.toContain(token);
  });

  test('a good token is in no line', () => {
    expect(host.output()).not.toMatch(/eyJ/);
  });
});

describeBesidePython('mode iam', () => {
  const MODE = { MCP_AUTH: '{"mode":"iam"}' };
  const ARN = 'arn:aws:iam::111122223333:role/Caller';
  const context = (value: unknown): Record<string, string> => ({ 'x-amzn-request-context': JSON.stringify(value) });
  const signed = context({ domainName: 'abc.lambda-url.eu-west-1.on.aws', authorizer: { iam: { userArn: ARN } } });

  test('where nobody checks signatures every call is refused, whatever it says', async () => {
    const host = await startPythonHost({ env: MODE });
    expect(await ask(host)).toEqual([403, undefined, expect.anything()]);
    expect(await ask(host, signed)).toEqual([403, undefined, expect.anything()]);
    expect(host.lines[0]).toMatchObject({
      level: 'WARN',
      message: 'every call will be refused: only a Function URL checks signatures of AWS, not this host',
    });
  });

  test('on Lambda the caller is whom AWS names', async () => {
    const host = await startPythonHost({ env: { ...MODE, AWS_LAMBDA_FUNCTION_NAME: 'f' } });
    expect(await ask(host, { ...signed, host: 'abc.lambda-url.eu-west-1.on.aws' })).toBe(`${ARN} ${ARN} `);
    for (const other of [{}, context({}), context(null), context([]), context({ authorizer: { iam: null } })]) {
      expect(await ask(host, other)).toEqual([403, undefined, expect.anything()]);
    }
    expect(await ask(host, { 'x-amzn-request-context': '{' })).toEqual([403, undefined, expect.anything()]);
    expect(host.lines.map(({ level }) => level)).toEqual(['INFO']);
  });
});

describeBesidePython('modes server and none', () => {
  test('the auth of the server decides', async () => {
    const host = await startPythonHost({ target: 'server:guarded', env: { MCP_AUTH: '{"mode":"server"}' } });
    expect((await open(host.url, who())).status).toBe(401);
    expect(await ask(host, { authorization: 'Bearer good' })).toBe('client None ');
  });

  test('none leaves an auth of the server alone', async () => {
    const host = await startPythonHost({ target: 'server:guarded' });
    expect(await ask(host, { authorization: 'Bearer good' })).toBe('client None ');
  });

  test('none on every address is told', async () => {
    const host = await startPythonHost({ env: { HOST: '0.0.0.0' } });
    expect(host.lines[0]).toMatchObject({
      level: 'WARN',
      message: 'whoever reaches this address may call: MCP_AUTH has the mode "none"',
      host: '0.0.0.0',
    });
  });
});
