/** Image with Node 24 and glibc, which native modules need. */
const NODE_BASE = 'public.ecr.aws/docker/library/node:24-slim';

/**
 * The Dockerfile of a bundle: what it copies is all that the server needs, so nothing is installed when it is built.
 * `/tmp` is a volume, so that a task with a read-only root can write there as its own user.
 */
export function nodeDockerfile(): string {
  return dockerfile(NODE_BASE, ['ENV NODE_ENV=production'], ['node', 'index.mjs']);
}

/** @param lines instructions between the copy and the user */
export function dockerfile(base: string, lines: readonly string[], command: readonly string[]): string {
  return [
    `ARG BASE_IMAGE=${base}`,
    'FROM ${BASE_IMAGE}',
    'WORKDIR /app',
    'COPY . .',
    ...lines,
    'VOLUME ["/tmp"]',
    'USER 1000:1000',
    `CMD ${JSON.stringify(command)}`,
    '',
  ].join('\n');
}
