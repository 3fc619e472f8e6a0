import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Image with Node 24 and glibc, which native modules need. */
const NODE_BASE = 'public.ecr.aws/docker/library/node:24-slim';
const USER = '1000:1000';
/** Below it, in the folder that an image is built from, lie the folders that storage is mounted at. */
const MOUNTS = '.mounts';

/** What a Dockerfile is written from. */
interface DockerfileProps {
  /** The image that it begins with, unless the build argument `BASE_IMAGE` says otherwise. */
  readonly base: string;
  /** Instructions between the copy and the user. */
  readonly lines: readonly string[];
  readonly command: readonly string[];
  /** Where storage is mounted: `/mnt/NAME`. */
  readonly folders?: readonly string[];
}

/** Writes the Dockerfile of a bundle for Node, and what it needs, into the folder of the bundle. */
export function writeNodeDockerfile(folder: string, folders: readonly string[] = []): void {
  writeDockerfile(folder, {
    base: NODE_BASE,
    lines: ['ENV NODE_ENV=production'],
    command: ['node', 'index.mjs'],
    folders,
  });
}

/** Writes a Dockerfile, and what it needs, into the folder that it copies. */
export function writeDockerfile(folder: string, props: DockerfileProps): void {
  writeFileSync(join(folder, 'Dockerfile'), dockerfile(props));
  writeFileSync(join(folder, '.dockerignore'), 'Dockerfile\n.dockerignore\n');
  for (const path of props.folders ?? []) {
    const made = join(folder, MOUNTS, basename(path));
    mkdirSync(made, { recursive: true });
    writeFileSync(join(made, '.keep'), ''); // assets have no empty folders
  }
}

/**
 * The Dockerfile of a server: what it copies is all that the server needs, so nothing is run when it is built, and any machine
 * builds it for any processor.
 *
 * What a task mounts is a volume here, since the volume of a task takes its owner from the image: `/tmp`, and the folders of
 * storage, which the user of the server owns.
 */
export function dockerfile({ base, lines, command, folders = [] }: DockerfileProps): string {
  return [
    `ARG BASE_IMAGE=${base}`,
    'FROM ${BASE_IMAGE}',
    'WORKDIR /app',
    'COPY . .',
    ...(folders.length > 0 ? [`COPY --chown=${USER} ${MOUNTS} /mnt`] : []),
    ...lines,
    `VOLUME ${JSON.stringify(['/tmp', ...folders])}`,
    `USER ${USER}`,
    `CMD ${JSON.stringify(command)}`,
    '',
  ].join('\n');
}
