import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CACHE } from './paths.ts';
import { runToEnd } from './run.ts';

/** Why the local cloud cannot run on this machine: one line, with what to do about it. */
export class Unavailable extends Error {}

const REQUIREMENTS = join(__dirname, 'requirements.txt');
const OLDEST_PYTHON = [3, 10] as const;

/**
 * Installs the pinned MiniStack.
 *
 * @returns its Python
 * @throws {Unavailable} when this machine has no Python 3.10, no venv module or no way to PyPI
 */
export function installLocalCloud(say: (line: string) => void): Promise<string> {
  return installPython(REQUIREMENTS, 'the local cloud (MiniStack) from PyPI, about 90 MB', say);
}

/**
 * Installs pinned packages, every file checked by its hash, in a virtual environment of their own.
 *
 * @returns its Python
 * @throws {Unavailable} as above
 */
export async function installPython(requirements: string, what: string, say: (line: string) => void): Promise<string> {
  const pins = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const venv = join(CACHE, `venv-${pins}`);
  const python = process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
  const complete = join(venv, '.complete');
  const works = (): boolean => existsSync(complete) && spawnSync(python, ['-c', '']).status === 0;
  if (works()) return python;
  const base = findPython();
  mkdirSync(CACHE, { recursive: true });
  return once(`${venv}.lock`, async () => {
    if (works()) return python;
    say(`Installing ${what} …`);
    rmSync(venv, { recursive: true, force: true });
    const created = await runToEnd(base, ['-m', 'venv', venv], { env: installerEnvironment() });
    if (created.code !== 0) throw new Unavailable(`${base} -m venv failed: ${lastLine(created.output)}`);
    const flags = ['--require-hashes', '--no-deps', '--prefer-binary', '--no-input', '--disable-pip-version-check'];
    const pip = await runToEnd(python, ['-m', 'pip', 'install', '--quiet', ...flags, '-r', requirements], {
      env: installerEnvironment(),
    });
    if (pip.code !== 0) {
      rmSync(venv, { recursive: true, force: true });
      throw new Unavailable(explainPip(pip.output));
    }
    writeFileSync(complete, '');
    return python;
  });
}

/** pip needs the machine's mirrors, proxies and certificates, but no AWS account. */
function installerEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}

/** Where pip and uv find packages from here, and whom they trust: synth installs the packages of Python servers. */
export function installerSettings(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => /^(?:PIP_|UV_|SSL_CERT_)/.test(name));
  return Object.fromEntries(entries) as Record<string, string>;
}

function findPython(): string {
  const probe = 'import sys; print("%d.%d" % sys.version_info[:2]); import venv, ensurepip';
  let seen = 'no python3 on the PATH: install Python 3.10 or later';
  for (const name of ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const { stdout, status, error } = spawnSync(name, ['-c', probe], { encoding: 'utf8' });
    if (error) continue;
    const [major = 0, minor = 0] = stdout.trim().split('.').map(Number);
    if (major !== OLDEST_PYTHON[0] || minor < OLDEST_PYTHON[1]) {
      seen = `${name} is ${stdout.trim() || 'broken'}: install Python 3.10 or later`;
    } else if (status !== 0) {
      seen = `${name} has no venv module: install it (Debian: apt-get install python3-venv)`;
    } else {
      return name;
    }
  }
  throw new Unavailable(seen);
}

function explainPip(output: string): string {
  // pip says the second when an index does not answer at all.
  if (/NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|from versions: none/.test(output)) {
    return 'PyPI cannot be reached: connect this machine, or name a mirror in PIP_INDEX_URL';
  }
  return `pip failed: ${lastLine(output)}`;
}

/** What a program said in the end. */
export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}

/** Runs the body in one process at a time: two test files may find the cache empty at the same moment. */
export async function once<T>(lock: string, body: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (!isAlive(lock)) rmSync(lock, { recursive: true, force: true });
      await sleep(200);
    }
  }
  writeFileSync(join(lock, 'pid'), String(process.pid));
  try {
    return await body();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Whether the owner of a lock still runs; one that has not written its id yet counts as alive for a moment. */
function isAlive(lock: string): boolean {
  let pid: number;
  try {
    pid = Number(readFileSync(join(lock, 'pid'), 'utf8'));
  } catch {
    return Date.now() - startedWaiting < 5_000;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const startedWaiting = Date.now();
