import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { once, Unavailable } from './install.ts';
import { ROOT } from './paths.ts';
import { runToEnd } from './run.ts';

/** What the runtime client's own scripts compile it with. */
const TOOLS = ['autoconf', 'automake', 'libtoolize', 'cmake', 'g++', 'make', 'xz'] as const;
const DEBIAN_PACKAGES = ['autoconf', 'automake', 'libtool', 'cmake', 'g++', 'make', 'xz-utils'];

/**
 * Installs AWS's own Lambda runtime client for Node, `aws-lambda-ric`, and compiles it for Node 24: one to two minutes,
 * once. On Debian as root, missing compilers are installed too.
 *
 * @returns its entry point
 * @throws {Unavailable} when this machine cannot compile it
 */
export async function installRuntimeClient(say: (line: string) => void): Promise<string> {
  if (process.platform !== 'linux') throw new Unavailable('aws-lambda-ric compiles on Linux only');
  const home = join(ROOT, '.cache', 'ric', `${process.platform}-${process.arch}-${process.version}`);
  const entry = join(home, 'node_modules', 'aws-lambda-ric', 'index.mjs');
  if (existsSync(entry)) return entry;
  const headers = findHeaders();
  mkdirSync(dirname(home), { recursive: true });
  return once(`${home}.lock`, async () => {
    if (existsSync(entry)) return entry;
    await installTools(say);
    say('Compiling AWS’s Lambda runtime client (aws-lambda-ric) for Node 24, once: one to two minutes …');
    const unfinished = `${home}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished);
    for (const name of ['package.json', 'package-lock.json']) {
      copyFileSync(join(__dirname, 'ric', name), join(unfinished, name));
    }
    const built = await runToEnd('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts=false'], {
      cwd: unfinished,
      env: {
        ...process.env,
        PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
        npm_config_nodedir: headers,
      },
    });
    if (built.code !== 0 || !existsSync(join(unfinished, 'node_modules', 'aws-lambda-ric', 'rapid-client.node'))) {
      throw new Unavailable(`aws-lambda-ric does not compile here: ${firstError(built.output)}`);
    }
    renameSync(unfinished, home);
    return entry;
  });
}

/** node-gyp would download Node's headers; the npm package that our Node came from brings them. */
function findHeaders(): string {
  const packages = join(ROOT, 'node_modules', 'node', 'node_modules');
  const folders = existsSync(packages) ? readdirSync(packages).map((name) => join(packages, name)) : [];
  const home = [...folders, dirname(dirname(process.execPath))].find((folder) =>
    existsSync(join(folder, 'include', 'node', 'node_api.h')),
  );
  if (home === undefined) throw new Unavailable('no headers of Node on this machine: run npm ci again');
  return home;
}

async function installTools(say: (line: string) => void): Promise<void> {
  const missing = (): string[] => TOOLS.filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (missing().length === 0) return;
  if (process.getuid?.() === 0 && spawnSync('which', ['apt-get']).status === 0) {
    say(`Installing compilers (apt-get): ${missing().join(', ')} …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const install = ['install', '-y', '-q', '--no-install-recommends', ...DEBIAN_PACKAGES];
    const first = await runToEnd('apt-get', install, { env });
    if (first.code !== 0) {
      await runToEnd('apt-get', ['update', '-q'], { env });
      await runToEnd('apt-get', install, { env });
    }
  }
  const left = missing();
  if (left.length > 0) {
    throw new Unavailable(`aws-lambda-ric needs ${left.join(', ')}: apt-get install ${DEBIAN_PACKAGES.join(' ')}`);
  }
}

function firstError(output: string): string {
  const lines = output.trim().split('\n');
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'no message';
}
