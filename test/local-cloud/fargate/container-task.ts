import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Podman, podman } from './podman.ts';
import type { Launched } from './task.ts';
import type { TaskDefinition } from './task-definition.ts';

/** What a task is started with. */
export interface LaunchProps {
  readonly id: string;
  readonly definition: TaskDefinition;
  /** All of it: of the definition, its secrets, and what the cloud adds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files of this machine that the task may read, at the same path. */
  readonly files: readonly string[];
}

/**
 * Starts a container as Fargate would: its own user, its own file systems, no privilege, its memory limited. It has the
 * network of this machine, of which it is told to use one address.
 *
 * @throws Error when the image is not there
 */
export async function launchContainer(engine: Podman, props: LaunchProps): Promise<Launched> {
  const { id, definition } = props;
  const declared = await volumesOf(engine, definition.image);
  const name = `task-${id}`;
  const files = { pid: join(engine.folder, `${name}.pid`), container: join(engine.folder, `${name}.id`) };
  const volumes = definition.mounts.flatMap(({ volume, path, readOnly, fileSystem }) => {
    // An empty volume is root's and nobody else writes there, unless the image declares it: then it is as in the image.
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
    const own = declared.includes(path) ? `${name}-${volume}` : folderIn(engine, join('volumes', name, volume), 0o755);
    // A file system of EFS is shared by all tasks, which may write there as its access point lets them.
    const source = fileSystem === undefined ? own : folderIn(engine, join('efs', fileSystem), 0o777);
    return ['--volume', `${source}:${path}${readOnly ? ':ro' : ''}`];
  });
  const child = spawn(
    engine.path,
    [
      ...['run', '--name', name, '--pull', 'never', '--network', 'host', '--log-driver', 'none', '--stop-timeout', '0'],
      ...['--pidfile', files.pid, '--cidfile', files.container],
      ...['--cap-drop', 'all', '--security-opt', 'no-new-privileges', '--memory', `${definition.memory}m`],
      ...(definition.readonlyRoot ? ['--read-only', '--read-only-tmpfs=false'] : []),
      ...(definition.user === undefined ? [] : ['--user', definition.user]),
      ...(definition.workingDirectory === undefined ? [] : ['--workdir', definition.workingDirectory]),
      ...(definition.entryPoint === undefined ? [] : ['--entrypoint', JSON.stringify(definition.entryPoint)]),
      ...volumes,
      ...props.files.flatMap((file) => ['--volume', `${file}:${file}:ro`]),
      ...Object.entries(props.environment).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]),
      definition.image,
      ...(definition.command ?? []),
    ],
    { cwd: engine.folder, env: engine.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const read = (file: string): string | undefined => {
    try {
      return readFileSync(file, 'utf8').trim() || undefined;
    } catch {
      return undefined; // not yet
    }
  };
  return {
    child,
    pid: () => (read(files.pid) === undefined ? undefined : Number(read(files.pid))),
    containerId: () => read(files.container),
    kill: async () => {
      await podman(engine, ['kill', '--signal', 'KILL', name]);
    },
    check: async ([kind = '', ...words], timeout) => {
      const command = kind === 'CMD' ? words : ['/bin/sh', '-c', words.join(' ')];
      const late = AbortSignal.timeout(timeout * 1000);
      return podman(engine, ['exec', name, ...command]).then(({ code, output }) => ({
        passed: code === 0 && !late.aborted,
        output,
      }));
    },
    remove: async () => {
      await podman(engine, ['rm', '--force', '--volumes', name]);
    },
  };
}

function folderIn({ folder }: Podman, name: string, mode: number): string {
  const path = join(folder, name);
  if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, mode);
  return path;
}

/** The paths that an image declares as volumes. */
async function volumesOf(engine: Podman, image: string): Promise<readonly string[]> {
  const { code, output } = await podman(engine, ['image', 'inspect', '--format', '{{json .Config.Volumes}}', image]);
  if (code !== 0) {
    throw new Error(
      `CannotPullContainerError: no image ${image} was built here, and there is no registry to pull it from`,
    );
  }
  return Object.keys((JSON.parse(output) as Record<string, unknown> | null) ?? {});
}
