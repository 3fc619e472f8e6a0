import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { Unavailable } from '../../local-cloud/install.ts';

const INSTALLED = '/usr/lib/jvm';

/**
 * A Java of this version or a later one: that of `JAVA_HOME`, of the PATH, or of Debian's folder.
 *
 * @throws {Unavailable} when this machine has none
 */
export function javaOf(version: number): string {
  const home = process.env.JAVA_HOME;
  const installed = existsSync(INSTALLED) ? readdirSync(INSTALLED).map((name) => join(INSTALLED, name)) : [];
  const homes = [...(home === undefined ? [] : [home]), ...installed].map((path) => join(path, 'bin', 'java'));
  const found = ['java', ...homes].find((java) => versionOf(java) >= version);
  if (found === undefined) throw new Unavailable(`no Java ${version} or later: install one, or name it in JAVA_HOME`);
  return found;
}

function versionOf(java: string): number {
  const { error, stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  return error ? 0 : Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
}
