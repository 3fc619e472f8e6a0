import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { lastLine, once, Unavailable } from '../../local-cloud/install.ts';
import { ROOT } from '../../local-cloud/paths.ts';
import { runToEnd } from '../../local-cloud/run.ts';

/** A program of a Debian package. */
export interface DebianProgram {
  /** Name of the program, as on the PATH. */
  readonly program: string;
  /** The package and the libraries of it that not every machine has. */
  readonly packages: readonly string[];
}

/** A program that this machine can start, and what it needs in its environment. */
export interface InstalledProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

const CACHE = join(ROOT, '.cache', 'servers');

/**
 * Finds a program on the PATH, or unpacks its Debian packages into the cache: nothing is installed into the system, no
 * service is started, and no root is needed.
 *
 * @throws {Unavailable} when it is neither on the PATH nor to be had from Debian
 */
export async function debianProgram(
  { program, packages }: DebianProgram,
  say: (line: string) => void,
): Promise<InstalledProgram> {
  const found = onPath(program);
  if (found !== undefined) return { path: found, env: {} };
  if (spawnSync('apt-get', ['--version']).status !== 0 || spawnSync('dpkg', ['--version']).status !== 0) {
    throw new Unavailable(`no ${program} on the PATH, and this is no Debian to get it from: install ${program}`);
  }
  const folder = join(CACHE, `${program}-${createHash('sha256').update(packages.join()).digest('hex').slice(0, 8)}`);
  mkdirSync(CACHE, { recursive: true });
  await once(`${folder}.lock`, async () => {
    if (existsSync(join(folder, '.complete'))) return;
    say(`Unpacking ${program} from Debian …`);
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    await download(packages, partial);
    for (const file of readdirSync(partial).filter((name) => name.endsWith('.deb'))) {
      const { code, output } = await runToEnd('dpkg', ['-x', join(partial, file), partial], { env: process.env });
      if (code !== 0) throw new Unavailable(`dpkg could not unpack ${file}: ${lastLine(output)}`);
    }
    writeFileSync(join(partial, '.complete'), '');
    renameSync(partial, folder);
  });
  const libraries = libraryFolders(folder);
  return {
    path: join(folder, 'usr', 'bin', program),
    env: { LD_LIBRARY_PATH: [...libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter) },
  };
}

/** What the machine knows, then what its lists say when they are fetched anew, then what newer releases offer. */
async function download(packages: readonly string[], folder: string): Promise<void> {
  if ((await apt(['download', ...packages], folder)).code === 0) return;
  const lists = join(CACHE, 'apt');
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(lists, part), { recursive: true });
  const own = [`Dir::State::Lists=${join(lists, 'lists')}`, `Dir::Cache=${join(lists, 'cache')}`];
  const sources = join(lists, 'sources.list');
  writeFileSync(sources, newerSuites());
  const options = [...own, `Dir::Etc::SourceList=${sources}`, 'Dir::Etc::SourceParts=-'].flatMap((option) => [
    '-o',
    option,
  ]);
  await apt([...options, 'update'], folder);
  const { code, output } = await apt([...options, 'download', ...packages], folder);
  if (code !== 0) throw new Unavailable(`Debian has no ${packages[0] ?? ''} for this machine: ${lastLine(output)}`);
}

/** The suites of this machine, and the backports to them, from the mirrors that it uses already. */
function newerSuites(): string {
  const format = '$(REPO_URI) $(CODENAME) $(COMPONENT)';
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  const lines = new Set<string>();
  for (const line of stdout.split('\n')) {
    const [uri, suite, component] = line.split(' ');
    if (!uri || !suite || component !== 'main' || suite.includes('-')) continue;
    for (const name of [suite, `${suite}-backports`]) lines.add(`deb ${uri} ${name} main`);
  }
  return `${[...lines].join('\n')}\n`;
}

function apt(args: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
  return runToEnd('apt-get', ['-q', ...args], { cwd, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}

function onPath(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

function libraryFolders(folder: string): string[] {
  const base = join(folder, 'usr', 'lib');
  if (!existsSync(base)) return [];
  return [
    base,
    ...readdirSync(base)
      .filter((name) => name.includes('-linux-'))
      .map((name) => join(base, name)),
  ];
}
