import { spawnSync } from 'node:child_process';

import { installerEnvironment } from './installer.ts';

const known = new Map<string, string | undefined>();

/** A Python of exactly this version on this machine: bytecode of another would be ignored. */
export function findPython(version: string): string | undefined {
  const key = [process.env.UV, process.env.PATH, version].join('\0');
  if (!known.has(key))
    known.set(
      key,
      [`python${version}`, 'python3', foundByUv(version)].find((path) => isVersion(path, version)),
    );
  return known.get(key);
}

/**
 * Compiles every module below a folder, so that a cold start need not: where code lies, nothing can be written. The
 * bytecode is taken unchecked, since files of an asset have no dates to compare, and is the same on every machine.
 *
 * @param except name of a folder in it to leave as it is
 */
export function compileModules(python: string, folder: string, except?: string): void {
  const skip = except === undefined ? [] : ['-x', `${folder}/${except}/`.replaceAll(/[^\w/]/g, '.')];
  const flags = ['-q', '-q', '-j', '1', '--invalidation-mode', 'unchecked-hash', '-s', folder, ...skip];
  // What does not compile is code of another Python that packages carry along: it fails only when it is imported. The
  // author's own modules are checked before, in syntax.ts.
  spawnSync(python, ['-m', 'compileall', ...flags, folder], {
    env: { ...installerEnvironment(), PYTHONHASHSEED: '0' },
    stdio: 'ignore',
  });
}

function foundByUv(version: string): string | undefined {
  const { status, stdout } = spawnSync(process.env.UV ?? 'uv', ['python', 'find', '--no-project', version], {
    encoding: 'utf8',
    env: installerEnvironment(),
  });
  return status === 0 ? stdout.trim() : undefined;
}

function isVersion(path: string | undefined, version: string): boolean {
  if (path === undefined) return false;
  const script = 'import sys; print("%s %d.%d" % (sys.implementation.name, *sys.version_info[:2]))';
  const { status, stdout } = spawnSync(path, ['-I', '-c', script], { encoding: 'utf8' });
  return status === 0 && stdout.trim() === `cpython ${version}`;
}
