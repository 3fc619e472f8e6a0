import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a virtual environment has, by whatever name. */
const VENV = 'pyvenv.cfg';

/** What lies in the folder of a server and is none of it: version control, caches, and files that hold secrets. */
const LEFT_OUT = [
  /^\.(?:git|hg|svn|tox|nox|idea|vscode|github|eggs|cache|coverage)$/,
  /^\.(?:mypy|pytest|ruff|hypothesis)(?:_cache)?$/,
  /^\.env(?:\..*)?$/,
  /^\.(?:netrc|pypirc|DS_Store|dockerignore|gitignore|python-version)$/,
  // Keys and credentials. Not *.pem, which may be the authorities that a server trusts.
  /^\.(?:aws|ssh|azure|kube|docker|gnupg|npmrc|git-credentials)$/,
  /\.key$|^id_(?:rsa|dsa|ecdsa|ed25519)$/,
  /^(?:__pycache__|node_modules|cdk\.out|htmlcov)$/,
  /\.(?:py[co]|egg-info)$/,
];
/** What an image is built with, which the construct writes itself. */
const WRITTEN = ['Dockerfile', 'run.sh'];

/** Files of a server, relative to its folder, in a fixed order. */
export function serverFiles(folder: string, exclude: readonly string[] = []): string[] {
  return filesBelow(folder, (name, path) => {
    const isOut = LEFT_OUT.some((pattern) => pattern.test(name)) || WRITTEN.includes(path);
    return isOut || exclude.includes(name) || exclude.includes(path) || existsSync(join(folder, path, VENV));
  });
}

/** All files below a folder, relative to it, in a fixed order. Links to folders are not followed. */
export function filesBelow(folder: string, leaveOut?: (name: string, path: string) => boolean): string[] {
  const files: string[] = [];
  const collect = (prefix: string): void => {
    for (const name of readdirSync(join(folder, prefix))) {
      const path = prefix + name;
      if (leaveOut?.(name, path) === true) continue;
      const stat = statSync(join(folder, path), { throwIfNoEntry: false }); // a link is what it leads to
      if (stat?.isFile() === true) files.push(path);
      else if (stat?.isDirectory() === true && !lstatSync(join(folder, path)).isSymbolicLink()) collect(`${path}/`);
    }
  };
  collect('');
  return files.sort();
}

/** A hash of names, bytes and the permission to execute. */
export function hashOfFiles(folder: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const path = join(folder, file);
    hash
      .update(`${file}\0${(statSync(path).mode & 0o100) === 0 ? '-' : 'x'}\0`)
      .update(readFileSync(path))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Copies files into another folder. */
export function copyFiles(from: string, files: readonly string[], to: string): void {
  for (const file of files) {
    const target = join(to, file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(from, file), target);
  }
}

/** Bytes of files below a folder. */
export function sizeOf(folder: string, files: readonly string[] = filesBelow(folder)): number {
  return files.reduce((size, file) => size + statSync(join(folder, file)).size, 0);
}
