import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { InstalledProgram } from '../../support/servers/debian.ts';
import { lastLine, once, Unavailable } from '../install.ts';
import { CACHE } from '../paths.ts';
import { podman, podmanIn } from './podman.ts';

/** Base images as the build argument BASE_IMAGE names them. */
export interface BaseImages {
  /** Node. */
  readonly node: string;
  /** Python, the interpreter that the local cloud runs on. */
  readonly python: string;
}

export const BASE_IMAGES: BaseImages = { node: 'localhost/local/node:latest', python: 'localhost/local/python:latest' };

/** What the interpreter says about itself. */
interface PythonParts {
  readonly executable: string;
  readonly stdlib: string;
  readonly version: string;
  readonly cafile: string;
}

/** Raised when what is put in changes in a way that the parts do not show. */
const RECIPE = 4;
const DAY = 86_400_000;
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Makes the base images of this machine's own parts, as there may be no registry to pull any from: the interpreters, the
 * libraries that they are linked to, a shell, the certificates, users, and a `/tmp`. Once; until a part changes.
 *
 * @param python of the local cloud
 * @returns the folder whose images others may use
 * @throws {Unavailable} when no container can be made or run here; it says why
 */
export async function makeBaseImages(program: InstalledProgram, python: string): Promise<string> {
  const parts = JSON.parse(execFileSync(python, ['-c', DESCRIBE], { encoding: 'utf8' })) as PythonParts;
  const seen = [process.execPath, parts.executable, program.path].map((path) => {
    const { size, mtimeMs } = statSync(realpathSync(path));
    return [path, size, mtimeMs];
  });
  const key = createHash('sha256')
    .update(JSON.stringify([RECIPE, seen, parts]))
    .digest('hex')
    .slice(0, 12);
  const folder = join(CACHE, `containers-${key}`);
  mkdirSync(CACHE, { recursive: true });
  await once(`${folder}.lock`, async () => {
    if (existsSync(join(folder, '.complete'))) return;
    rmSync(folder, { recursive: true, force: true });
    try {
      await build(folder, program, parts);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    writeFileSync(join(folder, '.complete'), '');
    removeOutdated(folder);
  });
  return folder;
}

/** Those of a day ago that were made of other parts. */
function removeOutdated(folder: string): void {
  for (const name of readdirSync(CACHE).filter((entry) => /^containers-[0-9a-f]+$/.test(entry))) {
    const other = join(CACHE, name);
    if (other !== folder && Date.now() - statSync(other).mtimeMs > DAY) rmSync(other, { recursive: true, force: true });
  }
}

const DESCRIBE = `
import json, os, ssl, sys, sysconfig
print(json.dumps({
    "executable": os.path.realpath(sys.executable),
    "stdlib": sysconfig.get_path("stdlib"),
    "version": "%d.%d" % sys.version_info[:2],
    "cafile": ssl.get_default_verify_paths().openssl_cafile,
}))`;

async function build(folder: string, program: InstalledProgram, python: PythonParts): Promise<void> {
  const engine = podmanIn(folder, program);
  const make = async (tag: string, fill: (root: string) => void): Promise<void> => {
    const context = join(folder, basename(tag.split(':')[0] ?? ''));
    const root = join(context, 'rootfs');
    fillSystem(root);
    fill(root);
    const path = `/usr/local/bin:/usr/bin:/bin:${dirname(python.executable)}`;
    writeFileSync(join(context, 'Dockerfile'), `FROM scratch\nCOPY rootfs/ /\nENV PATH=${path}\n`);
    const { code, output } = await podman(engine, ['build', '--quiet', '--tag', tag, context]);
    if (code !== 0) throw new Unavailable(`podman cannot build here: ${lastLine(output)}`);
    rmSync(context, { recursive: true, force: true });
  };
  await make(BASE_IMAGES.node, (root) => {
    copyProgram(root, realpathSync(process.execPath), '/usr/local/bin/node');
  });
  await make(BASE_IMAGES.python, (root) => {
    copyProgram(root, python.executable, python.executable);
    for (const name of ['python', 'python3']) link(root, python.executable, join(dirname(python.executable), name));
    copyStandardLibrary(root, python.stdlib);
    if (existsSync(SYSTEM_CA) && !existsSync(root + python.cafile)) copyFile(root, SYSTEM_CA, python.cafile);
  });
}

function fillSystem(root: string): void {
  for (const folder of ['tmp', 'app', 'etc', 'proc', 'sys', 'dev', 'run', 'usr/bin', 'usr/local/bin']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  execFileSync('chmod', ['1777', join(root, 'tmp')]);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\napp:x:1000:1000:app:/app:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\napp:x:1000:\n');
  copyProgram(root, realpathSync('/bin/sh'), '/bin/sh');
  copyRestOfLibc(root);
  if (existsSync(SYSTEM_CA)) copyFile(root, SYSTEM_CA, SYSTEM_CA);
}

function copyStandardLibrary(root: string, stdlib: string): void {
  const left = new Set([
    '__pycache__',
    'test',
    'tests',
    'idlelib',
    'tkinter',
    'turtledemo',
    'site-packages',
    'dist-packages',
  ]);
  cpSync(stdlib, root + stdlib, { recursive: true, dereference: true, filter: (path) => !left.has(basename(path)) });
  const extensions = join(stdlib, 'lib-dynload');
  if (!existsSync(extensions)) return;
  for (const name of readdirSync(extensions)) copyLibraries(root, join(extensions, name));
  copyLibraries(root, process.execPath);
}

/** What wheels and native modules may be linked to, beside what the interpreters are. */
function copyRestOfLibc(root: string): void {
  const { stdout } = spawnSync('ldd', [realpathSync('/bin/sh')], { encoding: 'utf8' });
  const libc = /\/\S+\/libc\.so\.6/.exec(stdout)?.[0];
  if (libc === undefined) return;
  const folder = dirname(libc);
  const parts = readdirSync(folder).filter((name) =>
    /^lib(m|rt|dl|util|pthread|resolv|anl|z|nss_(dns|files))\.so\.\d$/.test(name),
  );
  for (const name of parts)
    if (!existsSync(join(root, folder, name))) copyFile(root, join(folder, name), join(folder, name));
}

function copyProgram(root: string, from: string, to: string): void {
  copyFile(root, from, to);
  copyLibraries(root, from);
}

/** The libraries that a program or library is linked to, where it looks for them. */
function copyLibraries(root: string, file: string): void {
  const { stdout } = spawnSync('ldd', [file], { encoding: 'utf8' });
  for (const [library] of stdout.matchAll(/\/\S+(?= \(0x)/g))
    if (!existsSync(root + library)) copyFile(root, library, library);
}

function copyFile(root: string, from: string, to: string): void {
  mkdirSync(dirname(root + to), { recursive: true });
  cpSync(realpathSync(from), root + to);
}

function link(root: string, target: string, path: string): void {
  if (!existsSync(root + path)) symlinkSync(target, root + path);
}
