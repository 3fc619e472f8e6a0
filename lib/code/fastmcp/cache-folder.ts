import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Unused for that long, an entry is deleted when the next one is made. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * A folder whose content is made once for a key and found by every later synth: below the cache of the CDK, in
 * `$CDK_HOME/cache` or `~/.cdk/cache`.
 *
 * @param make fills an empty folder. It becomes the entry at once when it is complete, so that two synths at the same time
 * never see half of it
 */
export function cachedFolder(kind: string, key: string, make: (folder: string) => void): string {
  const root = cacheRoot(kind);
  const entry = join(root, key);
  if (existsSync(entry)) {
    touch(entry);
    return entry;
  }
  deleteUnused(root);
  const draft = mkdtempSync(join(root, '.draft-'));
  try {
    make(draft);
    renameSync(draft, entry);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(entry)) throw error; // otherwise another synth was faster, with the same content
  }
  return entry;
}

let ownFolder: string | undefined;

function cacheRoot(kind: string): string {
  const root = join(process.env.CDK_HOME ?? join(homedir(), '.cdk'), 'cache', 'cdk-mcp-kit', kind);
  try {
    mkdirSync(root, { recursive: true });
    return root;
  } catch {
    // A home that cannot be written to: what is made lasts as long as the process.
    ownFolder ??= mkdtempSync(join(tmpdir(), 'cdk-mcp-kit-'));
    const own = join(ownFolder, kind);
    mkdirSync(own, { recursive: true });
    return own;
  }
}

function touch(entry: string): void {
  try {
    utimesSync(entry, new Date(), new Date());
  } catch {
    // Readable but not ours: nothing to keep fresh.
  }
}

function deleteUnused(root: string): void {
  const oldest = Date.now() - KEEP_MS;
  for (const name of readdirSync(root)) {
    const path = join(root, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat && stat.mtimeMs < oldest) rmSync(path, { recursive: true, force: true });
  }
}
