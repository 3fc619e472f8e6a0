import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { once, Unavailable } from '../../local-cloud/install.ts';
import { ROOT } from '../../local-cloud/paths.ts';
import { runToEnd } from '../../local-cloud/run.ts';

const CACHE = join(ROOT, '.cache', 'servers');

/**
 * The class path of artifacts of Maven Central, `group:artifact:version`, and all that they need.
 *
 * @param exclusions artifacts to leave out, `group:artifact`
 * @throws {Unavailable} when this machine has no Java or Maven, or cannot reach Maven Central
 */
export async function mavenClassPath(
  artifacts: readonly string[],
  say: (line: string) => void,
  exclusions: readonly string[] = [],
): Promise<string> {
  for (const [program, flag] of [
    ['java', '-version'],
    ['mvn', '-version'],
  ] as const) {
    if (spawnSync(program, [flag]).status !== 0) {
      throw new Unavailable(`no ${program} on the PATH: install a JDK and Maven (Debian: apt-get install maven)`);
    }
  }
  const pom = pomOf(artifacts, exclusions);
  const folder = join(CACHE, `maven-${createHash('sha256').update(pom).digest('hex').slice(0, 12)}`);
  const result = join(folder, 'class-path');
  mkdirSync(folder, { recursive: true });
  return once(`${folder}.lock`, async () => {
    if (existsSync(result) && allThere(readFileSync(result, 'utf8'))) return readFileSync(result, 'utf8').trim();
    say(`Fetching ${artifacts.join(', ')} from Maven Central …`);
    writeFileSync(join(folder, 'pom.xml'), pom);
    const args = ['-B', '-q', 'dependency:build-classpath', `-Dmdep.outputFile=${result}`];
    const { code, output } = await runToEnd('mvn', args, { cwd: folder, env: process.env });
    if (code !== 0) {
      const problem = output.split('\n').find((line) => line.includes('ERROR')) ?? output.trim();
      throw new Unavailable(`Maven could not fetch ${artifacts.join(', ')}: ${problem.slice(0, 300)}`);
    }
    return readFileSync(result, 'utf8').trim();
  });
}

function allThere(classPath: string): boolean {
  return classPath
    .trim()
    .split(':')
    .every((path) => existsSync(path));
}

function pomOf(artifacts: readonly string[], exclusions: readonly string[]): string {
  const excluded = exclusions.map((name) => {
    const [group = '', artifact = ''] = name.split(':');
    return `<exclusion><groupId>${group}</groupId><artifactId>${artifact}</artifactId></exclusion>`;
  });
  const dependencies = artifacts.map((name) => {
    const [group = '', artifact = '', version = ''] = name.split(':');
    return (
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>` +
      `<exclusions>${excluded.join('')}</exclusions></dependency>`
    );
  });
  return (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>' +
    '<groupId>test</groupId><artifactId>servers</artifactId><version>1</version>' +
    `<dependencies>${dependencies.join('')}</dependencies></project>\n`
  );
}
