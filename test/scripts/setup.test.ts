import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const ROOT = join(__dirname, '..', '..');
const SCRIPTS = ['setup.mjs', 'with-node.mjs'];

let folder: string;
let bin: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-kit-setup-'));
  bin = join(folder, 'bin');
  mkdirSync(bin);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command of the project's scripts, as npm would; `npm_…` variables of this very run stay outside. */
function command(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { code: number | null; output: string } {
  const inherited = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_'));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/with-node.mjs', ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}

/** A clone before its first command: no node_modules. */
function freshClone(): string {
  const clone = join(folder, 'clone');
  mkdirSync(join(clone, 'scripts'), { recursive: true });
  for (const name of SCRIPTS) copyFileSync(join(ROOT, 'scripts', name), join(clone, 'scripts', name));
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(ROOT, name), join(clone, name));
  return clone;
}

function fakeNpm(script: string): void {
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

test('a fresh clone without npm says what is missing', () => {
  const { code, output } = command(freshClone(), ['true.mjs'], { PATH: bin });
  expect(output).toContain('Installing npm dependencies (npm ci)');
  expect(output).toContain('npm could not be started (ENOENT). Install npm 10 or later, or put it on the PATH.\n');
  expect(output).not.toContain('    at ');
  expect(code).toBe(1);
});

test('a registry that cannot be reached is named as the cause', () => {
  const { code, output } = command(freshClone(), ['true.mjs'], {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_cache: join(folder, 'cache'),
    npm_config_update_notifier: 'false',
  });
  expect(output).toContain('the npm registry cannot be reached (ECONNREFUSED)');
  expect(output).not.toContain('    at ');
  expect(code).toBe(1);
});

test('any other failure of npm is told in its own words', () => {
  fakeNpm('echo "npm error code EUSAGE" >&2; exit 1');
  const { code, output } = command(freshClone(), ['true.mjs'], { PATH: `${bin}:/bin:/usr/bin` });
  expect(output).toContain('npm ci failed:\nnpm error code EUSAGE');
  expect(code).toBe(1);
});

test('an install that brings no Node of its own uses the one that runs, when that is new enough', () => {
  fakeNpm('mkdir -p node_modules && echo {} > node_modules/.package-lock.json');
  const clone = freshClone();
  writeFileSync(join(clone, 'version.cjs'), 'console.log(process.version)');
  mkdirSync(join(clone, 'node_modules'));
  const { output } = command(clone, ['version.cjs'], { PATH: `${bin}:/bin:/usr/bin` });
  // tsx is not there, so the run ends; what matters is that the set-up found a Node and went on.
  expect(output).toContain('Installed npm dependencies');
  expect(output).not.toContain('could not be installed');
});

test('with everything installed npm is not started, Node 24 is first in the PATH, and exit codes pass through', () => {
  fakeNpm('echo npm was started; exit 1');
  const script = join(folder, 'probe.cjs');
  writeFileSync(
    script,
    `console.log(JSON.stringify([process.version, process.env.PATH.split(':')[0], ...process.argv.slice(2)])); process.exit(7);`,
  );
  const { code, output } = command(ROOT, [script, '--flag', 'a b'], { PATH: bin });
  expect(output).not.toContain('npm was started');
  const [version, first, ...args] = JSON.parse(output) as string[];
  expect(version).toMatch(/^v24\./);
  expect(first).toBe(join(ROOT, 'node_modules', '.bin'));
  expect(args).toEqual(['--flag', 'a b']);
  expect(code).toBe(7);
});

test('programs of node_modules are run by name', () => {
  const { code, output } = command(ROOT, ['cdk', '--version'], {});
  expect(output).toMatch(/^2\.1148\./);
  expect(code).toBe(0);
  const unknown = command(ROOT, ['no-such-program'], {});
  expect(unknown.output).toContain('no program "no-such-program" in node_modules/.bin');
  expect(unknown.code).toBe(1);
});

test('when npm alone is ended, what it started ends too', async () => {
  const script = join(folder, 'server.cjs');
  writeFileSync(
    script,
    `process.on('SIGTERM', () => { console.log('tidied up'); process.exit(0); });
    setInterval(() => undefined, 1000);
    console.log('up');`,
  );
  // A shell between npm and the command, as `npm run` has one; `:` keeps it from becoming the command itself.
  const shell = spawn('/bin/sh', ['-c', '"$0" scripts/with-node.mjs "$1"; :', process.execPath, script], {
    cwd: ROOT,
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (chunk.includes('up') && !output.includes('tidied')) shell.kill('SIGTERM');
  });
  await once(shell.stdout, 'close'); // every process that holds it has ended
  expect(output).toBe('up\ntidied up\n');
});
