import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** A clone before its first command: the scripts, and no node_modules. */
export function freshClone(folder: string, scripts: readonly string[]): string {
  const clone = join(folder, 'clone');
  mkdirSync(join(clone, 'scripts'), { recursive: true });
  for (const name of scripts) copyFileSync(join(ROOT, 'scripts', name), join(clone, 'scripts', name));
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(ROOT, name), join(clone, name));
  return clone;
}

/** Runs a script of a project as npm would; `npm_…` variables of this very run stay outside. */
export function runScript(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { code: number | null; output: string } {
  const inherited = Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_'));
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}
