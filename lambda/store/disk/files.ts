import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import {
  CorruptEntryError,
  StoreAccessError,
  StoreRejectedError,
  StoreThrottledError,
  StoreUnavailableError,
} from '../errors.ts';

/** Windows has no O_NOFOLLOW, whatever the types say; `undefined | 0` is 0. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW;

/** The text of a file, or `undefined` when there is none. A symbolic link is not followed: it may lead out of the store. */
export async function readText(path: string): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readFile(path, { encoding: 'utf8', flag: READ_FLAGS });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      if (codeOf(error) === 'ELOOP') throw new CorruptEntryError('a symbolic link is where its file should be');
      // On NFS: another machine has replaced the file between its opening and its reading.
      if (codeOf(error) !== 'ESTALE' || attempt === 3) throw error;
    }
  }
}

/**
 * Writes a file whole or not at all, and durably: temporary file, fsync, rename, fsync of the folder.
 *
 * @param mode `create` never replaces
 * @returns whether it wrote
 */
export async function writeText(path: string, text: string, mode: 'create' | 'replace'): Promise<boolean> {
  const folder = dirname(path);
  const temporary = temporaryPath(folder);
  try {
    const file = await open(temporary, 'wx', 0o600);
    await withFile(file, async () => {
      await file.writeFile(text);
      await file.sync();
    });
    if (mode === 'create') {
      await link(temporary, path); // unlike rename, fails when the name is taken
      await unlinkIfThere(temporary);
    } else {
      await rename(temporary, path);
    }
  } catch (error) {
    await unlinkIfThere(temporary);
    if (mode === 'create' && codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await syncFolder(folder);
  return true;
}

/**
 * Moves a file aside and reads it: of several processes the rename succeeds for exactly one.
 *
 * @returns its text, or `undefined` when there was none (any more)
 */
export async function takeText(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const aside = temporaryPath(folder);
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const text = await readText(aside);
  // Only a process that stood still for as long as leftovers stay finds its own file gone. Nobody has got the entry.
  if (text === undefined) throw new StoreUnavailableError('an entry was lost while this process stood still');
  await unlinkIfThere(aside);
  await syncFolder(folder);
  return text;
}

/** @returns whether there was a file */
export async function unlinkIfThere(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

const FULL = 'the disk of the store is full, or its quota used up; free some of it';
const TOO_MANY = 'this process may open no more files; raise its limit, or do less at once';
const DENIED = 'the folder of the disk store is not writable or readable';
const NOT_A_FOLDER = 'a file is where the disk store has a folder; give the store a folder of its own';

/** Turns the fault of a file system into a `StoreError`. Paths stay out of the message: they are made of keys. */
export function diskFault(error: unknown): unknown {
  const code = codeOf(error);
  switch (code) {
    case undefined:
      return error;
    case 'EACCES':
    case 'EPERM':
      return new StoreAccessError(`${DENIED} (${code}); check its owner and mode, or the access point`);
    case 'EROFS':
      return new StoreAccessError(`${DENIED} (${code}); mount it for writing`);
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new StoreRejectedError(`${FULL} (${code})`);
    case 'EMFILE':
    case 'ENFILE':
      return new StoreThrottledError(`${TOO_MANY} (${code})`);
    case 'ENOTDIR':
    case 'EISDIR':
      return new StoreRejectedError(`${NOT_A_FOLDER} (${code})`);
    default:
      return new StoreUnavailableError(`the disk store failed: ${code}`);
  }
}

/** The code of a fault of the file system, as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** Python's reader of keys looks at `*.json` only. The name tells when it was made, by the clock of its writer. */
export function temporaryPath(folder: string): string {
  return join(folder, `tmp${randomBytes(9).toString('base64url')}.${Date.now().toString(36)}.tmp`);
}

/** Whether a file of this name is one that a writer, ours or Python's, makes for a moment only. */
export function isTemporary(name: string): boolean {
  return /^tmp[\w-]+(?:\.[0-9a-z]+)?\.(?:tmp|claim)$/.test(name);
}

/** When such a file was made, in milliseconds since 1970; 0 when its name does not tell. */
export function writtenAt(name: string): number {
  const time = /\.([0-9a-z]+)\.tmp$/.exec(name)?.[1];
  return time === undefined ? 0 : Number.parseInt(time, 36);
}

/** Waits until the names in a folder are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const handle = await open(folder, 'r');
  await withFile(handle, () => handle.sync());
}

async function withFile(file: FileHandle, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } finally {
    await file.close();
  }
}
