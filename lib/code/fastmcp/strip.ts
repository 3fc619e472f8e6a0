import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What an installer notes for itself in a package's metadata: it names this machine. Entry points and licenses stay. */
const NOTES = ['RECORD', 'INSTALLER', 'REQUESTED', 'direct_url.json', 'uv_cache.json', 'uv_build.json'];

/**
 * Takes out of installed packages what a server never reads: programs with the path of this machine's Python, what an
 * installer notes for itself, the tests of packages, and bytecode of another Python.
 */
export function stripPackages(folder: string): void {
  for (const name of ['bin', '.lock']) rmSync(join(folder, name), { recursive: true, force: true });
  strip(folder);
}

function strip(folder: string): void {
  const metadata = folder.endsWith('.dist-info');
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() ? isUnread(entry.name, path) : isNote(entry.name, metadata)) {
      rmSync(path, { recursive: true });
    } else if (entry.isDirectory()) {
      strip(path);
    }
  }
}

function isNote(name: string, metadata: boolean): boolean {
  return /\.py[co]$/.test(name) || (metadata && NOTES.includes(name));
}

/** A folder of tests has a test in it: some packages have a module `tests` that is none. */
function isUnread(name: string, path: string): boolean {
  if (name === '__pycache__') return true;
  return name === 'tests' && readdirSync(path).some((file) => /^(?:test_.*|.*_test|conftest)\.py$/.test(file));
}
