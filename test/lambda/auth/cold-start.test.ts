import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { build } from 'esbuild';

import { AUDIENCE, claims, LocalIssuer, sign, signingKey } from './local-issuer.ts';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '../../..');

/** Bundles a script as deployments are bundled, runs it in a fresh process and parses what it prints. */
async function inFreshProcess(source: string): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'kit-cold-'));
  try {
    const { outputFiles } = await build({
      stdin: { contents: source, resolveDir: ROOT, loader: 'ts' },
      ...{ bundle: true, write: false, minify: true, platform: 'node', target: 'node24', format: 'esm' },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      outdir: folder,
    });
    const file = join(folder, 'script.mjs');
    await writeFile(file, outputFiles[0]!.contents);
    const { stdout } = await run(join(ROOT, 'node_modules/node/bin/node'), [file]);
    return JSON.parse(stdout) as Record<string, unknown>;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('checking a token, keys fetched and all, does not load undici', async () => {
  const issuer = await new LocalIssuer().start();
  try {
    const key = await signingKey('one', 'RS256');
    issuer.keys = [key.jwk];
    const authorization = `Bearer ${await sign(key, claims(issuer.issuer))}`;
    const policy = { mode: 'jwt', issuer: issuer.issuer, audience: [AUDIENCE], scopes: [] };
    const report = await inFreshProcess(`
      import { jwtAuthenticator } from './lambda/auth/jwt.ts';
      const request = { method: 'POST', path: '/mcp', query: '', headers: ${JSON.stringify({ authorization })}, origin: 'https://mcp.example.com' };
      const result = await jwtAuthenticator(${JSON.stringify(policy)}).authenticate(request);
      const undici = process.moduleLoadList.filter((name) => name.includes('undici'));
      console.log(JSON.stringify({ client: result.caller?.clientId, undici }));
    `);
    expect(report).toEqual({ client: 'client-1', undici: [] });
    expect(issuer.keyReads).toBe(1);
  } finally {
    await issuer.stop();
  }
});

test('a key ring that is never asked does not load the AWS client', async () => {
  const report = await inFreshProcess(`
    import { secretsManagerKeyRing } from './lambda/keys/secrets-manager.ts';
    const ring = secretsManagerKeyRing('arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf');
    const https = process.moduleLoadList.includes('NativeModule https');
    console.log(JSON.stringify({ ring: typeof ring.keys, https, undici: process.moduleLoadList.some((name) => name.includes('undici')) }));
  `);
  expect(report).toEqual({ ring: 'function', https: false, undici: false });
});
