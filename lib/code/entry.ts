import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

import { describeFailure, esbuild } from './esbuild.ts';

const MODULE = /\.m?[jt]s$/;
const EXAMPLE = 'export default serve((ctx) => { … })';

/**
 * Checks the file that a server author points at and returns its absolute path.
 *
 * @throws Error when it does not exist, is not a module of TypeScript or JavaScript, or has no default export
 */
export function checkEntry(entry: string): string {
  if (typeof entry !== 'string' || entry === '') {
    throw new Error(`entry is required: the path of a file with "${EXAMPLE}", such as entry: 'server.ts'`);
  }
  const path = resolve(entry);
  const given = `entry ${JSON.stringify(entry)}`;
  if (!existsSync(path)) {
    throw new Error(`${given} does not exist: no file ${path}; paths are relative to the folder that cdk runs in`);
  }
  if (statSync(path).isDirectory()) {
    throw new Error(`${given} is a folder: name the file in it that has "${EXAMPLE}", such as ${entry}/server.ts`);
  }
  if (!MODULE.test(path)) {
    throw new Error(`${given} must end with .ts, .mts, .js or .mjs: a server is a module with "${EXAMPLE}"`);
  }
  if (!exportsOf(path).includes('default')) {
    throw new Error(`${given} has no default export: write "${EXAMPLE}" with serve from "cdk-mcp-kit/serve"`);
  }
  return path;
}

/** The names that a module exports. Reads this one file only, so that the check is cheap even when bundling is skipped. */
function exportsOf(path: string): string[] {
  try {
    const { metafile } = esbuild().buildSync({
      entryPoints: [path],
      outdir: 'unused',
      bundle: false,
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    return Object.values(metafile.outputs).flatMap((output) => output.exports);
  } catch (failure) {
    throw describeFailure(path, failure);
  }
}
