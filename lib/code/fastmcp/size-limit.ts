import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { ServerParts } from './bundle-folder.ts';
import { sizeOf } from './server-files.ts';

const MEGABYTE = 1024 * 1024;
/** Lambda's quota for a function and its layers, unzipped. */
const LIMIT_MB = 250;
/** The adapter's share, with room for its next versions. */
const LAYER_MB = 10;
const NAMED = 5;

/** @throws Error when the server is larger than Lambda takes; it names the largest packages */
export function refuseOversized({ directory, files, vendored }: ServerParts, limit = LIMIT_MB - LAYER_MB): void {
  const own = sizeOf(directory, files);
  const total = (own + sizeOf(vendored.folder)) / MEGABYTE;
  if (total <= limit) return;
  const largest = readdirSync(vendored.folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, size: sizeOf(join(vendored.folder, name)) / MEGABYTE }))
    .sort((one, other) => other.size - one.size)
    .slice(0, NAMED)
    .map(({ name, size }) => `${name} ${size.toFixed(0)} MB`);
  throw new Error(
    `the server and its packages are ${total.toFixed(0)} MB unzipped, and Lambda takes ${limit} MB besides the adapter ` +
      `(yours ${(own / MEGABYTE).toFixed(0)} MB, ${largest.join(', ')}): leave packages or files out, or use ` +
      'compute: McpCompute.fargate(), which has no such limit',
  );
}
