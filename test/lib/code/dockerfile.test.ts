import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeNodeDockerfile } from '../../../lib/code/dockerfile.ts';

const folders: string[] = [];

function written(mounts?: readonly string[]): { folder: string; lines: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-dockerfile-'));
  folders.push(folder);
  writeNodeDockerfile(folder, mounts);
  return { folder, lines: readFileSync(join(folder, 'Dockerfile'), 'utf8').trimEnd().split('\n') };
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test('an image is a base that can be chosen, and the bundle; nothing is run to build it', () => {
  const { folder, lines } = written();
  expect(lines).toEqual([
    'ARG BASE_IMAGE=public.ecr.aws/docker/library/node:24-slim',
    'FROM ${BASE_IMAGE}',
    'WORKDIR /app',
    'COPY . .',
    'ENV NODE_ENV=production',
    'VOLUME ["/tmp"]',
    'USER 1000:1000',
    'CMD ["node","index.mjs"]',
  ]);
  expect(existsSync(join(folder, '.mounts'))).toBe(false);
});

test('the user of the server owns the folders of its storage', () => {
  const { folder, lines } = written(['/mnt/mcp', '/mnt/weather']);
  expect(lines).toContain('COPY --chown=1000:1000 .mounts /mnt');
  expect(lines).toContain('VOLUME ["/tmp","/mnt/mcp","/mnt/weather"]');
  expect(existsSync(join(folder, '.mounts', 'mcp', '.keep'))).toBe(true);
  expect(existsSync(join(folder, '.mounts', 'weather', '.keep'))).toBe(true);
});
