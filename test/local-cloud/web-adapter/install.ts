import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { lastLine, once, Unavailable } from '../install.ts';
import { ROOT } from '../paths.ts';
import { runToEnd } from '../run.ts';

/** AWS Lambda Web Adapter: what is in the layer that the kit names is made of this crate. */
const CRATE = 'lambda_web_adapter';
export const ADAPTER_VERSION = '0.9.1';

/** Nobody waits for this program's own work, but everybody for its compiler: a third of the time, half of the speed. */
const QUICK_BUILD = {
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
};

/**
 * Compiles AWS Lambda Web Adapter from its crate, every dependency pinned by the crate's own lock file: about a minute on two
 * cores, once.
 *
 * @param folder where it is kept
 * @returns the program
 * @throws {Unavailable} when this machine cannot compile it
 */
export async function installWebAdapter(
  say: (line: string) => void,
  folder = join(ROOT, '.cache', 'web-adapter'),
): Promise<string> {
  if (process.platform === 'win32')
    throw new Unavailable('the handler of a FastMCP server is a script of a Unix shell');
  const home = join(folder, `${process.platform}-${process.arch}-${ADAPTER_VERSION}`);
  const program = join(home, 'bin', 'lambda-adapter');
  if (existsSync(program)) return program;
  const cargo = findCargo();
  mkdirSync(dirname(home), { recursive: true });
  return once(`${home}.lock`, async () => {
    if (existsSync(program)) return program;
    say(`Compiling AWS Lambda Web Adapter ${ADAPTER_VERSION} (cargo install ${CRATE}), once: one to two minutes …`);
    const unfinished = `${home}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    const target = join(unfinished, 'target');
    const built = await runToEnd(
      cargo,
      ['install', CRATE, '--version', ADAPTER_VERSION, '--locked', '--root', unfinished],
      { env: { ...withoutAws(), ...QUICK_BUILD, CARGO_TARGET_DIR: target } },
    );
    if (built.code !== 0) {
      rmSync(unfinished, { recursive: true, force: true });
      throw new Unavailable(`${CRATE} does not compile here: ${reason(built.output)}`);
    }
    rmSync(target, { recursive: true, force: true });
    renameSync(unfinished, home);
    return program;
  });
}

/** A cargo that runs; rustup puts it where not every shell looks. */
function findCargo(): string {
  const found = ['cargo', join(process.env.HOME ?? homedir(), '.cargo', 'bin', 'cargo')].find(
    (name) => spawnSync(name, ['--version'], { env: process.env }).status === 0,
  );
  if (found === undefined) throw new Unavailable('no cargo on the PATH: install Rust, https://rustup.rs');
  return found;
}

/** cargo needs the machine's mirrors, proxies and certificates, but no AWS account. */
function withoutAws(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}

function reason(output: string): string {
  const lines = output.split('\n');
  return (lines.find((line) => /^\s*(?:error|Caused by)/.test(line)) ?? lastLine(output)).trim();
}
