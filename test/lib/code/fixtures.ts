import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import type { BundleRequest } from '../../../lib/code/bundle.ts';
import type { RuntimePart } from '../../../lib/code/runtime-part.ts';
import { RuntimeHost } from '../../../lib/code/runtime-part.ts';
import { ENTRY } from '../support/test-app.ts';

/** The Node of the project, which is that of Lambda. */
export const NODE = resolve(__dirname, '../../../node_modules/.bin/node');

const made: string[] = [];

/** A bundle for Lambda. */
export function request(parts: RuntimePart[], entry = ENTRY): BundleRequest {
  return { entry, host: RuntimeHost.LAMBDA, parts, settings: {} };
}

/** A new folder with these files; gone after the tests of the file. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-code-'));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
