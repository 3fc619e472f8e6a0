import { PODMAN } from '../../local-cloud/fargate/podman.ts';
import { Unavailable } from '../../local-cloud/install.ts';
import { skipped } from '../python-peer.ts';
import { debianProgram, type InstalledProgram } from './debian.ts';
import { installElasticsearch } from './elasticsearch.ts';
import { installMongo } from './mongodb.ts';
import { installOpenSearch } from './opensearch.ts';

/** Installs a server, or finds it; JSON that its own support module understands. */
type Install = (say: (line: string) => void) => Promise<unknown>;

/** The servers that tests run against. Each is installed before the tests are read, once, into the cache. */
const PROGRAMS = {
  redis: (say) =>
    debianProgram(
      { program: 'redis-server', packages: ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'] },
      say,
    ),
  valkey: (say) =>
    debianProgram(
      { program: 'valkey-server', packages: ['valkey-server', 'valkey-tools', 'libjemalloc2', 'liblzf1'] },
      say,
    ),
  mongodb: installMongo,
  opensearch: installOpenSearch,
  elasticsearch: installElasticsearch,
  memcached: (say) => debianProgram({ program: 'memcached', packages: ['memcached', 'libevent-2.1-7'] }, say),
  podman: (say) => debianProgram(PODMAN, say),
} satisfies Record<string, Install>;

export type ProgramName = keyof typeof PROGRAMS;

/** Where a program is, or why it is not. */
export type Found<T = InstalledProgram> =
  { readonly program: T; readonly missing?: undefined } | { readonly program?: undefined; readonly missing: string };

/** For the global set-up: installs what is missing and leaves word for the tests in the environment. */
export async function installPrograms(
  say: (line: string) => void,
  names = Object.keys(PROGRAMS) as readonly ProgramName[],
): Promise<void> {
  for (const name of names) {
    if (process.env[variable(name)] !== undefined) continue;
    let found: Found<unknown>;
    try {
      found = { program: await PROGRAMS[name](say) };
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      found = { missing: error.message };
    }
    process.env[variable(name)] = JSON.stringify(found);
  }
}

/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- each program has a type of its own */

/** What the global set-up found. */

export function findProgram<T = InstalledProgram>(name: ProgramName): Found<T> {
  const text = process.env[variable(name)];
  return text === undefined ? { missing: 'the global set-up did not run' } : (JSON.parse(text) as Found<T>);
}

/**
 * `describe` for tests that need a server, or a skipped group whose title says what is missing and why.
 *
 * @param name the program
 * @param title of the group
 */
export function describeWith<T = InstalledProgram>(
  name: ProgramName,
  title: string,
  tests: (program: T) => void,
): void {
  const { program, missing } = findProgram<T>(name);
  if (program === undefined) {
    skipped(`skipped: no ${name}: ${missing}`, title);
    return;
  }
  describe(title, () => {
    tests(program);
  });
}

function variable(name: ProgramName): string {
  return `MCP_KIT_PROGRAM_${name.toUpperCase()}`;
}
