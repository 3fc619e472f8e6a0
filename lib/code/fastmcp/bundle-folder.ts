import { createHash } from 'node:crypto';
import { chmodSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { compileModules } from './bytecode.ts';
import type { PythonKit } from './python-kit.ts';
import { copyFiles, hashOfFiles, serverFiles } from './server-files.ts';
import type { Vendored } from './vendor.ts';

/** All that a FastMCP server consists of. */
export interface ServerParts {
  /** Absolute path of the author's folder. */
  readonly directory: string;
  /** Such as `server:mcp`. */
  readonly app: string;
  /** Its files that are deployed, relative to the folder. */
  readonly files: readonly string[];
  readonly kit: PythonKit;
  readonly vendored: Vendored;
}

/** The command of the server, relative to the folder that it lies in. */
export function serveCommand(app: string): string[] {
  return ['python', '-m', 'mcp_kit', 'serve', app];
}

/** A hash of what a server consists of: the same for the same content, on every machine. */
export function hashOfServer(parts: ServerParts): string {
  const { directory, app, files, kit, vendored } = parts;
  const hashes = [hashOfFiles(directory, files), hashOfFiles(kit.packageFolder, serverFiles(kit.packageFolder))];
  const rest = [app, vendored.hash, [...kit.extras]];
  return createHash('sha256')
    .update(JSON.stringify([hashes, rest]))
    .digest('hex');
}

/**
 * Writes a server into an empty folder, as it runs on Lambda and in a container alike: the author's files, and below
 * `vendor` the installed packages and the package of the kit.
 */
export function writeServer(parts: ServerParts, folder: string): void {
  const { directory, app, files, kit, vendored } = parts;
  copyFiles(directory, files, folder);
  cpSync(vendored.folder, join(folder, 'vendor'), { recursive: true });
  copyFiles(kit.packageFolder, serverFiles(kit.packageFolder), join(folder, 'vendor', 'mcp_kit'));
  for (const [path, text] of kit.extras) writeFileSync(join(folder, 'vendor', 'mcp_kit', path), text);
  const script = join(folder, 'run.sh');
  writeFileSync(script, `#!/bin/sh\ncd "$(dirname "$0")" && exec ${serveCommand(app).join(' ')}\n`);
  chmodSync(script, 0o755); // Lambda executes it
  if (vendored.python !== undefined) compileServer(vendored.python, folder);
}

/** What is vendored is compiled already. */
function compileServer(python: string, folder: string): void {
  compileModules(python, folder, 'vendor');
  compileModules(python, join(folder, 'vendor', 'mcp_kit'));
}
