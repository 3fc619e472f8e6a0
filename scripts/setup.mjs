// What every command does first: npm dependencies as package-lock.json says, and Node 24 from npm whatever the machine
// has. Runs on Node 18 and later, with nothing installed. A run with nothing to do costs two hashes and a few `stat`s.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WINDOWS = process.platform === 'win32';
const MODULES = join(ROOT, 'node_modules');
const BIN = join(MODULES, '.bin');
const STAMP = join(MODULES, '.cdk-mcp-kit-setup.json');
const OLDEST_NODE = 24;

/** A step of the set-up failed: the message says what and what to do. */
export class SetupError extends Error {}

/**
 * Installs what is missing.
 *
 * @returns the Node to run everything else with, and the environment to run it in
 */
export async function setUp(say = (line) => process.stdout.write(`${line}\n`)) {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  let stamp = readStamp();
  if (stamp?.lock !== lock || !existsSync(join(MODULES, '.package-lock.json')) || !existsSync(stamp.node)) {
    if (!installedByHand()) await installDependencies(say);
    stamp = { lock, node: findNode() ?? (await repairNode(say)) };
    writeFileSync(STAMP, JSON.stringify(stamp));
  }
  const path = [...new Set([BIN, dirname(stamp.node)])].join(delimiter);
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { node: stamp.node, env: { ...process.env, [pathName]: `${path}${delimiter}${process.env[pathName] ?? ''}` } };
}

/**
 * Runs a file under the Node of `setUp()` and waits for its end. Signals are passed on: it tidies up, we wait. When npm is
 * ended by a signal that was sent to it alone, its shell ends without passing it on: that counts as one.
 *
 * @returns the exit code
 */
export function run({ node, env }, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: ROOT, env, stdio: 'inherit', ...options });
    const pass = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass);
    const shell = process.ppid;
    const watch = setInterval(() => {
      if (!process.env.npm_lifecycle_event || process.ppid === shell) return;
      clearInterval(watch);
      pass('SIGTERM');
    }, 500);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(watch);
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, pass);
      resolve(code ?? 128 + (constants.signals[signal] ?? 1));
    });
  });
}

/** The script behind a program of node_modules/.bin: run by Node itself, so that no shell stands between us and signals. */
export function program(name) {
  const link = join(BIN, name);
  if (!WINDOWS) {
    if (existsSync(link)) return realpathSync(link);
  } else {
    const manifest = join(MODULES, PACKAGE_OF[name] ?? name, 'package.json');
    if (existsSync(manifest)) {
      const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
      return join(dirname(manifest), typeof bin === 'string' ? bin : bin[name]);
    }
  }
  throw new SetupError(`no program "${name}" in node_modules/.bin`);
}

/** Programs that are not named as their package. */
const PACKAGE_OF = { tsc: 'typescript', cdk: 'aws-cdk' };

/** Runs the body of a command; a SetupError becomes one line and exit code 1. */
export async function command(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return undefined;
  }
}

/** `npm ci` or `npm install` has run since the lock file was last written. */
function installedByHand() {
  const installed = statSync(join(MODULES, '.package-lock.json'), { throwIfNoEntry: false });
  return installed !== undefined && installed.mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs;
}

async function installDependencies(say) {
  say('Installing npm dependencies (npm ci), about 300 MB …');
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  const timer = setInterval(() => say(`  still installing, ${seconds()}`), 10_000);
  // Of `npm pack --dry-run` npm tells the scripts, and so the npm that they start: it would install nothing.
  const flags = ['--no-audit', '--no-fund', '--loglevel=error', '--dry-run=false'];
  const { code, output } = await npm(['ci', ...flags]).finally(() => clearInterval(timer));
  if (code !== 0) throw new SetupError(explainNpm(output));
  say(`Installed npm dependencies in ${seconds()}`);
}

/** The npm package `node` brings its binary by an install script, which npm may have been told to skip. */
async function repairNode(say) {
  say('Installing Node 24 from npm …');
  const { code, output } = await npm(['rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts']);
  const node = findNode();
  if (node) return node;
  const reason = code === 0 ? 'the npm package "node" holds no binary for this machine' : lastLine(output);
  throw new SetupError(
    `Node ${OLDEST_NODE} could not be installed: ${reason}. Install Node ${OLDEST_NODE} yourself and try again.`,
  );
}

function findNode() {
  const name = WINDOWS ? 'node.exe' : 'node';
  const candidates = [join(MODULES, 'node', 'bin', name), process.execPath];
  return candidates.find((node) => {
    if (!existsSync(node)) return false;
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    return Number(/^v(\d+)/.exec(stdout ?? '')?.[1]) >= OLDEST_NODE;
  });
}

function npm(args) {
  // Started by npm itself, we use the same npm; else the one of the PATH.
  const self = process.env.npm_execpath;
  const [file, first] = self && /\.c?js$/.test(self) ? [process.execPath, [self]] : [WINDOWS ? 'npm.cmd' : 'npm', []];
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...first, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], shell: WINDOWS });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => {
      reject(
        new SetupError(`npm could not be started (${error.code}). Install npm 10 or later, or put it on the PATH.`),
      );
    });
    child.on('close', (code) => resolve({ code, output }));
  });
}

function explainNpm(output) {
  const unreachable = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH)\b/.exec(
    output,
  );
  if (unreachable) {
    return `npm ci failed: the npm registry cannot be reached (${unreachable[0]}). Connect this machine, or name a mirror: npm config set registry https://…`;
  }
  return `npm ci failed:\n${output.trim().split('\n').slice(-15).join('\n')}`;
}

function lastLine(output) {
  return output.trim().split('\n').at(-1) || 'npm said nothing';
}
