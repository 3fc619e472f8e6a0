import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Bundle } from './bundle.ts';

/** Writes a bundle into a folder, which is made when it is missing. Returns the path of the file that starts it. */
export function writeBundle({ files }: Pick<Bundle, 'files'>, folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  return join(folder, 'index.mjs');
}
