import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { compileModules, findPython } from './bytecode.ts';
import { cachedFolder } from './cache-folder.ts';
import { installedVersions } from './installed-versions.ts';
import type { Installer } from './installer.ts';
import { findInstaller, installerEnvironment } from './installer.ts';
import { refuseKnownHoles } from './refuse-holes.ts';
import { missingPackages } from './missing-packages.ts';
import { readRequirements } from './requirements.ts';
import { resolverMessage } from './resolver-message.ts';
import { filesBelow, hashOfFiles } from './server-files.ts';
import { stripPackages } from './strip.ts';
import type { PythonTarget } from './target.ts';

/** What decides which packages are installed. */
export interface VendorRequest {
  /** Absolute paths of requirements files: the author's first, then those of the kit. */
  readonly files: readonly string[];
  /** Text of these files and of those that they include. */
  readonly texts: readonly string[];
  readonly target: PythonTarget;
}

/** Installed packages. */
export interface Vendored {
  /** Folder to put on `PYTHONPATH`. */
  readonly folder: string;
  /** The same for the same content, whatever installed it. */
  readonly hash: string;
  /** Versions by name. */
  readonly versions: ReadonlyMap<string, string>;
  /** Python to compile other modules with; absent when this machine has none of the target's version. */
  readonly python?: string;
}

interface Manifest {
  readonly versions: { readonly [name: string]: string };
  readonly hash: string;
}

const MANIFEST = 'manifest.json';
/** Raised when what is in an entry of the cache changes for the same requirements. */
const FORMAT = 1;

/**
 * Installs the packages that requirements files ask for, for a platform that need not be that of this machine. The same
 * request is installed once: a later synth finds it.
 *
 * @throws Error when they cannot be resolved, or one has a known hole
 */
export function vendor(request: VendorRequest): Vendored {
  const installer = findInstaller(request.target);
  const python = findPython(request.target.version);
  const { version, architecture } = request.target;
  const parts = [FORMAT, installer.name, version, architecture.name, python !== undefined, request.texts];
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
  const entry = cachedFolder('python', key, (folder) => {
    install(installer, request, python, folder);
  });
  const { versions: list, hash } = JSON.parse(readFileSync(join(entry, MANIFEST), 'utf8')) as Manifest;
  const versions = new Map(Object.entries(list));
  refuseKnownHoles(versions, 'the requirements of the server resolve to');
  return { folder: join(entry, 'vendor'), hash, versions, python };
}

function install(installer: Installer, request: VendorRequest, python: string | undefined, entry: string): void {
  const { target, files } = request;
  const platform = `Python ${target.version} on ${target.architecture.name}`;
  tell(`installing the packages of ${files[0] ?? ''} for ${platform} with ${installer.name} …`);
  const started = Date.now();
  const folder = join(entry, 'vendor');
  mkdirSync(folder);
  const [program = '', ...args] = installer.command(files, folder, target);
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env: installerEnvironment() });
  if (status !== 0) {
    const output = `${stdout}\n${stderr}\n${error?.message ?? ''}`;
    throw new Error(
      `the requirements in ${files[0] ?? ''} cannot be installed for ${platform}: correct them, or choose another python. ` +
        `${ofTheKit(files.slice(1), output)}${installer.name} says:\n${resolverMessage(output)}`,
    );
  }
  refuseMissing(installer, folder, target);
  const versions = installedVersions(folder);
  stripPackages(folder);
  const hash = hashOfFiles(folder, filesBelow(folder));
  if (python !== undefined) compileModules(python, folder);
  else tell(`without a Python ${target.version} here (uv python install ${target.version}), each cold start compiles`);
  const manifest: Manifest = {
    versions: Object.fromEntries(versions),
    hash: `${hash}${python === undefined ? '' : ' compiled'}`,
  };
  writeFileSync(join(entry, MANIFEST), JSON.stringify(manifest, undefined, 1));
  tell(`installed ${versions.size} packages in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Of what a resolver speaks about, what the author never wrote: to the resolver, all requirements are theirs. */
function ofTheKit(files: readonly string[], output: string): string {
  const own = files
    .flatMap((file) => readRequirements(dirname(file), file).packages)
    .filter(({ name }) => new RegExp(`(?<![\\w-])${name.replaceAll('-', '[-_.]+')}(?![\\w-])`, 'i').test(output));
  if (own.length === 0) return '';
  const list = own.map(({ name, specifier }) => `${name}${specifier}`).join(', ');
  return `Required by the kit itself, not by this file: ${list}; let the file allow such a version, or leave the package out. `;
}

function refuseMissing(installer: Installer, folder: string, target: PythonTarget): void {
  const missing = installer.readsOwnMarkers ? missingPackages(folder, target) : [];
  if (missing.length === 0) return;
  throw new Error(
    `${installer.name} left out what only Python ${target.version} on Linux needs (${missing.slice(0, 5).join(', ')}): ` +
      `install uv, or pip for a python${target.version} on the PATH`,
  );
}

function tell(line: string): void {
  process.stderr.write(`cdk-mcp-kit: ${line}\n`);
}
