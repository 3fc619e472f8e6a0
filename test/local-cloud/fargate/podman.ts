import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import type { DebianProgram, InstalledProgram } from '../../support/servers/debian.ts';
import { runToEnd, type RunResult } from '../run.ts';

/** podman, what it starts containers with, and the libraries that a small Debian lacks. */
export const PODMAN: DebianProgram = {
  program: 'podman',
  packages: [
    ...['podman', 'conmon', 'runc', 'golang-github-containers-common', 'libsubid4', 'libsemanage2', 'libgpgme11'],
    ...['libassuan0', 'libseccomp2', 'libdevmapper1.02.1', 'libglib2.0-0'],
  ],
};

/** A podman with a home, a storage and settings of its own: it sees no image and no container of the system. */
export interface Podman {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where everything of it is. */
  readonly folder: string;
}

/**
 * @param folder for its images and containers
 * @param imagesFrom folder of another one, whose images it may use and does not change
 */
export function podmanIn(folder: string, program: InstalledProgram, imagesFrom?: string): Podman {
  const path = (...parts: string[]): string => join(folder, ...parts);
  mkdirSync(path('home', '.config', 'containers'), { recursive: true });
  const write = (name: string, lines: readonly string[]): string => {
    writeFileSync(path(name), `${lines.join('\n')}\n`);
    return path(name);
  };
  write(join('home', '.config', 'containers', 'policy.json'), ['{"default":[{"type":"insecureAcceptAnything"}]}']);
  // Where it was unpacked, its parts are not where they look for each other.
  const unpacked = program.env.LD_LIBRARY_PATH === undefined ? undefined : join(dirname(program.path), '..', '..');
  const parts = unpacked === undefined ? '' : join(unpacked, 'usr');
  const conf = write('containers.conf', [
    '[containers]',
    'default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]', // what it would raise, not every machine lets it
    ...(parts ? [`seccomp_profile = "${parts}/share/containers/seccomp.json"`] : []),
    '[engine]',
    'runtime = "runc"',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "none"',
    'lock_type = "file"',
    `tmp_dir = "${path('tmp')}"`,
    `static_dir = "${path('root', 'libpod')}"`,
    `volume_path = "${path('root', 'volumes')}"`,
    ...(parts ? [`conmon_path = ["${parts}/bin/conmon"]`, `helper_binaries_dir = ["${parts}/lib/podman"]`] : []),
    ...(parts ? ['[engine.runtimes]', `runc = ["${parts}/sbin/runc"]`] : []),
    '[network]',
    `network_config_dir = "${path('networks')}"`,
  ]);
  const storage = write('storage.conf', [
    '[storage]',
    'driver = "overlay"',
    `graphroot = "${path('root')}"`,
    `runroot = "${path('run')}"`,
    ...(imagesFrom === undefined
      ? []
      : ['[storage.options]', `additionalimagestores = ["${join(imagesFrom, 'root')}"]`]),
  ]);
  const registries = write('registries.conf', ['unqualified-search-registries = []']); // nothing is ever pulled
  return {
    path: program.path,
    folder,
    env: {
      ...program.env,
      PATH: [...(parts ? [`${parts}/bin`, `${parts}/sbin`] : []), process.env.PATH ?? '', '/usr/sbin'].join(delimiter),
      HOME: path('home'),
      TMPDIR: folder,
      CONTAINERS_CONF: conf,
      CONTAINERS_STORAGE_CONF: storage,
      CONTAINERS_REGISTRIES_CONF: registries,
    },
  };
}

/** Runs one of its commands to the end. */
export function podman({ path, env, folder }: Podman, args: readonly string[]): Promise<RunResult> {
  return runToEnd(path, args, { cwd: folder, env });
}
