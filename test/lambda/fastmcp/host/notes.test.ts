import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Client } from '@modelcontextprotocol/client';

import { describeBesidePython } from '../../../support/python-peer.ts';
import { connect, ERAS } from '../../../support/mcp.ts';
import { GitHubAndSecrets } from './github.ts';
import { type PythonHost, startPythonHost, stopPythonHosts } from './python-host.ts';

const NOTES = join(__dirname, '..', '..', '..', '..', 'examples', 'notes');
const SECRET = (name: string): string => `arn:aws:secretsmanager:us-east-1:111122223333:secret:${name}-AbCdEf`;
const BASE = 'https://notes.example.com';

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<unknown> {
  const { structuredContent, content, isError } = await client.callTool({ name, arguments: args });
  if (isError) return (content as { text: string }[])[0]?.text;
  return (structuredContent as { result: unknown }).result;
}

afterEach(stopPythonHosts);

describeBesidePython('the notes example', () => {
  test.each(ERAS)('runs on a laptop with one command and nothing set, in the %s era', async (era) => {
    const host = await startPythonHost({ command: 'dev', cwd: NOTES });
    const client = await connect(`${host.url}/mcp`, era);
    expect((await client.listTools()).tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint])).toEqual([
      ['write_note', undefined],
      ['read_note', true],
      ['list_notes', true],
      ['search_notes', true],
      ['outline', true],
    ]);
    expect(await call(client, 'list_notes')).toEqual([]);
    expect(await call(client, 'write_note', { title: 'Tea', text: '# Green\n80 °C' })).toBe('Kept "Tea"');
    expect(await call(client, 'write_note', { title: 'Bread', text: 'Rye' })).toBe('Kept "Bread"');
    expect(await call(client, 'list_notes')).toEqual(['Bread', 'Tea']);
    expect(await call(client, 'read_note', { title: 'Tea' })).toBe('# Green\n80 °C');
    // What was written last is what is read: these answers are not kept.
    await call(client, 'write_note', { title: 'Tea', text: '# Black\n100 °C' });
    expect(await call(client, 'read_note', { title: 'Tea' })).toBe('# Black\n100 °C');
    expect(await call(client, 'search_notes', { words: 'black 100' })).toEqual(['Tea']);
    expect(await call(client, 'read_note', { title: 'Milk' })).toMatch(/there is no note of this title/);
    for (let times = 0; times < 2; times++)
      expect(await call(client, 'outline', { text: '# A\n\ntext\n\n## B' })).toEqual(['A', 'B']);
    const { contents } = await client.readResource({ uri: 'notes://markdown' });
    expect(contents[0]).toMatchObject({ mimeType: 'text/markdown', text: expect.stringContaining('# Notes') });
    await client.close();
    host.kill('SIGTERM');
    expect(await host.ended()).toBe(0);
  });
});

describeBesidePython('the notes example with sign-in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-notes-'));
  let github: GitHubAndSecrets;

  beforeAll(async () => {
    github = await new GitHubAndSecrets().start();
    github.secrets.set(SECRET('Keys'), JSON.stringify({ root: 'r'.repeat(43) }));
    github.secrets.set(SECRET('GitHub'), JSON.stringify({ client_id: 'app', client_secret: 'app-secret-of-github' }));
  });
  afterAll(async () => {
    await github.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (): Promise<PythonHost> =>
    startPythonHost({
      cwd: NOTES,
      env: {
        MCP_SERVER_NAME: 'notes',
        MCP_AUTH: '{"mode":"server"}',
        MCP_BASE_URL: BASE,
        MCP_STORE_URL: `file://${folder}`,
        MCP_KEYS_SECRET: SECRET('Keys'),
        GITHUB_OAUTH_SECRET: SECRET('GitHub'),
        GITHUB_URL: github.url,
        GITHUB_API_URL: `${github.url}/api`,
        AWS_ENDPOINT_URL: github.url,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: 'us-east-1',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });

  test('a person signs in; client and tokens outlive the process, and serve a second one', async () => {
    const first = await start();
    const unknown = await fetch(`${first.url}/mcp`, { method: 'POST' });
    expect(unknown.status).toBe(401);
    expect(unknown.headers.get('www-authenticate')).toContain(
      `resource_metadata="${BASE}/.well-known/oauth-protected-resource/mcp"`,
    );

    const ada = await signIn(first.url);
    const client = await connect(`${first.url}/mcp`, 'modern', { authorization: `Bearer ${ada.access_token}` });
    expect(await call(client, 'write_note', { title: 'Mine', text: 'of ada' })).toBe('Kept "Mine"');
    await client.close();
    first.kill('SIGTERM');
    expect(await first.ended()).toBe(0);

    const [second, third] = [await start(), await start()];
    for (const { url } of [second, third]) {
      const again = await connect(`${url}/mcp`, 'legacy', { authorization: `Bearer ${ada.access_token}` });
      expect(await call(again, 'read_note', { title: 'Mine' })).toBe('of ada');
      await again.close();
    }

    github.user = { id: 43, login: 'bob' };
    const bob = await signIn(third.url);
    const other = await connect(`${second.url}/mcp`, 'modern', { authorization: `Bearer ${bob.access_token}` });
    expect(await call(other, 'list_notes')).toEqual([]);
    expect(await call(other, 'read_note', { title: 'Mine' })).toMatch(/there is no note of this title/);
    await other.close();

    const stored = contents(folder);
    for (const secret of [ada.access_token, bob.access_token, '_of_ada', '_of_bob', 'app-secret-of-github']) {
      expect(stored).not.toContain(secret);
      for (const host of [first, second, third]) expect(host.output()).not.toContain(secret);
    }
  }, 120_000); // three starts, each of which loads FastMCP and the client of AWS

  test('a token of nobody is refused', async () => {
    const host = await start();
    const answer = await fetch(`${host.url}/mcp`, { method: 'POST', headers: { authorization: 'Bearer eyJ.x.y' } });
    expect(answer.status).toBe(401);
  });
});

/** What a client does until it has tokens: registers, sends the person to the consent page and to GitHub, trades the code. */
async function signIn(url: string): Promise<{ access_token: string }> {
  const redirect = 'http://localhost:9/callback';
  const registered = await fetch(`${url}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'test',
      redirect_uris: [redirect],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    }),
  });
  expect(registered.status).toBe(201);
  const { client_id: clientId } = (await registered.json()) as { client_id: string };

  const verifier = randomBytes(32).toString('base64url');
  const cookies = new Map<string, string>();
  // Pages name the public address; the person's browser is led to this process instead.
  const visit = async (address: string, init: RequestInit = {}): Promise<Response> => {
    const target = new URL(address, url);
    const here = target.origin === BASE ? `${url}${target.pathname}${target.search}` : target.href;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = new Headers(init.headers);
    headers.set('cookie', cookie);
    const answer = await fetch(here, { redirect: 'manual', ...init, headers });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      cookies.set(name!, value!);
    }
    return answer;
  };

  const question = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirect,
    state: 's',
    scope: 'read:user',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource: `${BASE}/mcp`,
  });
  const authorize = await visit(`/authorize?${question.toString()}`);
  const consent = await visit(authorize.headers.get('location')!);
  const page = await consent.text();
  const field = (name: string): string => new RegExp(`name="${name}"[^>]*value="([^"]*)"`).exec(page)![1]!;
  const agreed = await visit('/consent', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      action: 'approve',
      txn_id: field('txn_id'),
      csrf_token: field('csrf_token'),
    }).toString(),
  });
  const atGitHub = await visit(agreed.headers.get('location')!);
  const back = await visit(atGitHub.headers.get('location')!);
  const code = new URL(back.headers.get('location')!).searchParams.get('code')!;
  const traded = await visit('/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirect,
      client_id: clientId,
      code_verifier: verifier,
    }).toString(),
  });
  expect(traded.status).toBe(200);
  return (await traded.json()) as { access_token: string };
}

/** All that the folder of the store holds, names of files included. */
function contents(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => `${name}\n${statSync(join(folder, name)).isFile() ? readFileSync(join(folder, name), 'utf8') : ''}`)
    .join('\n');
}
