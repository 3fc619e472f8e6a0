import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeBesidePython } from '../../../support/python-peer.ts';
import { failedStart, startPythonHost, stopPythonHosts } from './python-host.ts';

const ROOT = join(__dirname, '..', '..', '..', '..');
const SECRET = '{"client_id":"app","client_secret":"CANARY"}';
const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:GitHub-AbCdEf';
/** The first Python of a page that begins in the way of a server. */
const printedIn = (page: string): string =>
  /```python\n((?:# memo\/server\.py\n)?from fastmcp import[^]*?)```/.exec(readFileSync(join(ROOT, page), 'utf8'))![1]!;

describeBesidePython('python -m mcp_kit dev', () => {
  let cwd: string;
  const write = (text: string): void => {
    writeFileSync(join(cwd, 'server.py'), text);
  };
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'mcp-dev-'));
  });
  afterEach(() => {
    stopPythonHosts();
    rmSync(cwd, { recursive: true, force: true });
  });

  test.each(['README.md', 'docs/fastmcp-storage.md'])(
    'serves what %s prints, with the secret in a variable',
    async (page) => {
      write(printedIn(page));
      const host = await startPythonHost({ command: 'dev', cwd, env: { GITHUB_OAUTH_SECRET: SECRET } });
      const answer = await fetch(`${host.url}/.well-known/oauth-authorization-server`);
      // The address of this process, which nobody has set: where a browser comes back to.
      expect(await answer.json()).toMatchObject({ issuer: `${host.url}/`, token_endpoint: `${host.url}/token` });
      expect((await fetch(`${host.url}/mcp`, { method: 'POST' })).status).toBe(401);
      const told = host.lines.filter(({ logger }) => logger === 'mcp_kit.keys');
      expect(told).toEqual([
        expect.objectContaining({ level: 'INFO', message: expect.stringContaining('signed with a random key') }),
      ]);
      expect(host.output()).not.toContain('CANARY');
    },
  );

  test('says that the variable of a secret takes the secret', async () => {
    write(printedIn('README.md'));
    expect(await failedStart({ command: 'dev', cwd })).toEqual({
      code: 1,
      errors:
        'GITHUB_OAUTH_SECRET is not set: dev takes the secret itself. ' +
        `Example: GITHUB_OAUTH_SECRET='{"client_id":"…","client_secret":"…"}'\n`,
    });
  });

  test('says how to install what reads a secret of AWS', async () => {
    write("import sys\nsys.modules['botocore'] = None\nfrom mcp_kit import secret\nsecret('APP')\n");
    const { errors } = await failedStart({ command: 'dev', cwd, env: { APP: ARN } });
    expect(errors).toBe(
      `server.py line 4: SecretError: secret ${ARN}: cannot be read without the package botocore: ` +
        `pip install -r ${join(ROOT, 'lambda', 'fastmcp', 'requirements', 'secrets-manager.txt')}\n`,
    );
  });

  // `dev` by mistake in a deployment, or `serve` on a laptop, where others could call: neither invents keys.
  test.each([
    ['serve', {}],
    ['dev', { AWS_LAMBDA_FUNCTION_NAME: 'memo' }],
    ['dev', { ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4' }],
  ] as ['serve' | 'dev', Record<string, string>][])(
    '%s with %j takes neither random keys nor a secret',
    async (command, env) => {
      write('from mcp_kit import jwt_signing_key\njwt_signing_key()\n');
      const keys = await failedStart({ command, cwd, env });
      expect(keys.errors).toMatch(/^MCP_KEYS_SECRET is not set, and tokens that one instance signs/);
      write("from mcp_kit import secret\nsecret('APP')\n");
      const secret = await failedStart({ command, cwd, env: { ...env, APP: SECRET } });
      expect(secret.errors).toMatch(/^APP must be the ARN of a secret, never the secret\. Example: APP=arn:/);
      expect(secret.errors).not.toContain('CANARY');
    },
  );
});

describeBesidePython('packages of a store that are not installed', () => {
  test.each([
    ['rocksdb:///tmp/mcp', 'rocksdict', 'rocksdb'],
    ['mongodb://localhost/notes', 'pymongo', 'mongodb'],
    ['redis://localhost', 'redis', 'redis'],
  ])('%s: %s', async (url, name, file) => {
    const cwd = mkdtempSync(join(tmpdir(), 'mcp-dev-'));
    writeFileSync(
      join(cwd, 'server.py'),
      `import sys\nsys.modules['${name}'] = None\nfrom mcp_kit import server_store\nserver_store()\n`,
    );
    const { errors } = await failedStart({ command: 'dev', cwd, env: { MCP_STORE_URL: url } });
    rmSync(cwd, { recursive: true, force: true });
    expect(errors).toBe(
      `MCP_STORE_URL cannot be used: the store of a ${url.split(':')[0]}: URL needs the package ${name}: ` +
        `pip install -r ${join(ROOT, 'lambda', 'fastmcp', 'requirements', `${file}.txt`)}. ` +
        'Example: MCP_STORE_URL=memory:\n',
    );
  });
});
