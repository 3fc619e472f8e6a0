import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { StoreUnavailableError } from '../errors.ts';
import { codeOf, temporaryPath, unlinkIfThere } from './files.ts';

export interface LockOptions {
  /**
   * A lock whose holder cannot be asked is broken after it did not change hands for so many milliseconds, as seen by one
   * waiter on its own clock: clocks of different machines are never compared.
   *
   * @default 10000
   */
  readonly staleAfter?: number;
  /**
   * Milliseconds after which a waiter gives up.
   *
   * @default 30000
   */
  readonly giveUpAfter?: number;
}

/**
 * Runs the action while this process alone holds the lock file. Works on local file systems and on NFS, which both
 * make hard links atomically.
 *
 * A holder that died is replaced at once when it ran in this very process space, else after `staleAfter`. A holder that
 * was frozen for longer than that may go on without its lock: writers that must not lose even then also use a primitive
 * that is atomic in itself (link, rename).
 *
 * @throws {StoreUnavailableError} when the lock cannot be had in time
 */
export async function withLockFile<T>(path: string, action: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { staleAfter = 10_000 } = options;
  const nonce = randomBytes(9).toString('base64url');
  const signed = temporaryPath(dirname(path));
  try {
    await writeFile(signed, `${process.pid} ${PROCESS_SPACE} ${nonce}`, { flag: 'wx', mode: 0o600 });
    await waitFor(path, signed, options);
  } finally {
    await unlinkIfThere(signed);
  }
  const acquired = performance.now();
  try {
    return await action();
  } finally {
    // Within half of the time after which others may break it, the lock is surely still ours.
    if (performance.now() - acquired < staleAfter / 2) await unlinkIfThere(path);
    else await breakLock(path, nonce, false);
  }
}

async function waitFor(path: string, signed: string, options: LockOptions): Promise<void> {
  const { staleAfter = 10_000, giveUpAfter = 30_000 } = options;
  const started = performance.now();
  let seen: { readonly nonce: string; readonly since: number } | undefined;
  for (let attempt = 0; !(await acquire(path, signed)); attempt++) {
    const now = performance.now();
    if (now - started > giveUpAfter) {
      throw new StoreUnavailableError(`a lock of the disk store was not free for ${giveUpAfter} ms`);
    }
    const holder = await holderOf(path);
    if (!holder) continue;
    if (holder.nonce !== seen?.nonce) seen = { nonce: holder.nonce, since: now };
    const unchanged = now - seen.since;
    if (unchanged > staleAfter || isDead(holder)) {
      // Twice the time: whoever had the right to break this lock has died as well.
      await breakLock(path, holder.nonce, unchanged > 2 * staleAfter);
    }
    await sleep(Math.random() * Math.min(50, 2 ** attempt)); // full jitter: waiters must not march in step
  }
}

/** Removes a lock that has stood there for much longer than any holder has a right to. */
export async function removeStaleLock(path: string): Promise<void> {
  const holder = await holderOf(path);
  if (holder) await breakLock(path, holder.nonce, true);
}

interface Holder {
  readonly pid: number;
  /** Where the process id has a meaning. */
  readonly space: string;
  /** Tells one lock from the next one of the same name. */
  readonly nonce: string;
}

/** A link to a file that is signed already: a maker that is killed never leaves a lock that tells no holder. */
async function acquire(path: string, signed: string): Promise<boolean> {
  try {
    await link(signed, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    // On NFS an answer can be lost, and the repetition finds what the first attempt made.
    return (await stat(signed)).nlink > 1;
  }
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const [pid = '', space = '', nonce] = (await readFile(path, 'utf8')).split(' ');
    if (nonce !== undefined) return { pid: Number(pid), space, nonce };
    // Not one of ours, or of an earlier version, whose maker died before it could sign.
    const { ino, mtimeNs } = await stat(path, { bigint: true });
    return { pid: 0, space: '', nonce: `${ino}-${mtimeNs}` };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** True only when it is certain: the holder ran where process ids mean the same as here, and its id is free. */
function isDead({ pid, space }: Holder): boolean {
  if (space !== PROCESS_SPACE || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

/**
 * Removes this lock, and no later one of the same name: the right to do so is a hard link that only one process can make.
 */
async function breakLock(path: string, nonce: string, again: boolean): Promise<void> {
  const claim = join(dirname(path), `tmp${nonce}.claim`);
  try {
    await link(path, claim);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && again) await unlinkIfThere(claim);
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EEXIST') return;
    throw error;
  }
  if ((await holderOf(claim))?.nonce === nonce) await unlinkIfThere(path);
  await unlinkIfThere(claim);
}

/** Names the space in which process ids are unique: a boot of a machine and a namespace on it. */
const PROCESS_SPACE = ((): string => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return `${hostname()}/${process.platform}`;
  }
})();
