import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { findPython } from '../../../lib/code/fastmcp/bytecode.ts';
import { once, Unavailable } from '../install.ts';
import { CACHE } from '../paths.ts';

/**
 * A folder with a `python` of a function's runtime that has nothing but its standard library, as on Lambda: what a server
 * imports must be in its zip.
 *
 * @param runtime such as `python3.13`
 * @throws {Unavailable} when this machine has no such Python
 */
export async function pythonFor(runtime: string): Promise<string> {
  const version = /^python(3\.\d+)$/.exec(runtime)?.[1];
  if (version === undefined) throw new Error(`"${runtime}" is no runtime of Python`);
  const home = join(CACHE, `bare-python-${version}`);
  const folder = join(home, 'bin');
  const works = (): boolean => spawnSync(join(folder, 'python'), ['-c', '']).status === 0;
  if (works()) return folder;
  const base = findPython(version) ?? ofPyenv(version);
  if (base === undefined) throw new Unavailable(`no Python ${version} on the PATH: install it`);
  mkdirSync(CACHE, { recursive: true });
  return once(`${home}.lock`, async () => {
    if (works()) return folder;
    const unfinished = `${home}.unfinished`;
    for (const old of [home, unfinished]) rmSync(old, { recursive: true, force: true });
    const made = spawnSync(base, ['-m', 'venv', '--without-pip', unfinished], { encoding: 'utf8' });
    if (made.status !== 0) throw new Unavailable(`${base} -m venv failed: ${made.stderr.trim()}`);
    renameSync(unfinished, home);
    return Promise.resolve(folder);
  });
}

/** pyenv keeps the versions that are not chosen off the PATH. */
function ofPyenv(version: string): string | undefined {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  if (!existsSync(versions)) return undefined;
  return readdirSync(versions)
    .filter((name) => name.startsWith(`${version}.`))
    .map((name) => join(versions, name, 'bin', 'python3'))
    .find((path) => existsSync(path));
}
