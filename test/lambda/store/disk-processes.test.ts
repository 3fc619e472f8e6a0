import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

import { buildSync } from 'esbuild';

import { DiskStore } from '../../../lambda/store/disk/disk-store.ts';
import { withLockFile } from '../../../lambda/store/disk/lock-file.ts';
import { StoreUnavailableError } from '../../../lambda/store/errors.ts';

const PROCESSES = 4;
const root = mkdtempSync(join(tmpdir(), 'disk-processes-'));
const program = join(root, 'worker.mjs');
let folders = 0;
let directory: string;

beforeAll(() => {
  const entry = resolve(__dirname, '../../support/disk-worker.ts');
  buildSync({ entryPoints: [entry], outfile: program, bundle: true, platform: 'node', format: 'esm' });
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  directory = join(root, String(folders++));
});

type Worker = ChildProcessByStdio<Writable, Readable, null>;

/** Starts processes, lets them begin together, and returns what each of them found. */
async function together(task: string, count: number): Promise<unknown[]> {
  const started = Array.from({ length: PROCESSES }, () => start(task, count));
  await Promise.all(started.map(({ lines }) => once(lines, 'line')));
  const outcomes = started.map(({ lines }) => once(lines, 'line'));
  for (const { worker } of started) worker.stdin.write('go\n');
  const texts = await Promise.all(outcomes);
  const running = started.filter(({ worker }) => worker.exitCode === null);
  await Promise.all(running.map(({ worker }) => once(worker, 'exit')));
  return texts.map(([text]) => JSON.parse(String(text)) as unknown);
}

function start(task: string, count: number): { worker: Worker; lines: Interface } {
  const worker = spawn(process.execPath, [program, directory, task, String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return { worker, lines: createInterface({ input: worker.stdout }) };
}

describe('several processes on one folder', () => {
  test('each entry is taken by exactly one', async () => {
    const store = new DiskStore({ directory });
    const codes = Array.from({ length: 25 }, (_, n) => n);
    await store.putMany(
      codes.map((n) => `code-${n}`),
      codes.map((n) => ({ n })),
    );
    const taken = ((await together('take', codes.length)) as number[][]).flat();
    expect(taken.sort((a, b) => a - b)).toEqual(codes);
  });

  test('each key is put by exactly one', async () => {
    const won = ((await together('putIfAbsent', 25)) as number[][]).flat();
    expect(won.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, n) => n));
  });

  test('no increment is lost', async () => {
    const store = new DiskStore({ directory });
    await store.put('counter', { n: 0 });
    await together('increment', 10);
    expect(await store.get('counter')).toEqual({ n: PROCESSES * 10 });
  });

  test('what was acknowledged is there, whole, after the writers were killed in the middle of it', async () => {
    for (let round = 0; round < 3; round++) {
      const started = Array.from({ length: PROCESSES }, () => start('write', 0));
      const told: string[] = [];
      await Promise.all(started.map(({ lines }) => once(lines, 'line')));
      for (const { worker, lines } of started) {
        lines.on('line', (line) => told.push(line));
        worker.stdin.write('go\n');
      }
      await Promise.all(started.map(({ lines }) => once(lines, 'line')));
      const ended = started.map(({ worker }) => once(worker, 'close'));
      for (const { worker } of started) worker.kill('SIGKILL');
      await Promise.all(ended);
      const store = new DiskStore({ directory, lock: { staleAfter: 600_000, giveUpAfter: 600_000 } });
      expect(told.length).toBeGreaterThan(0);
      for (const key of told) expect(await store.get(key)).toMatchObject({ key });
      expect((await store.get('shared'))?.pad).toHaveLength(5000);
      await store.put('shared', { next: round, pad: 'x'.repeat(5000) }); // locks of the dead are in nobody's way
    }
  });

  test('a process that was killed with a lock in its hand does not block the others', async () => {
    const { worker, lines } = start('die', 0);
    await once(lines, 'line');
    worker.stdin.write('go\n');
    await once(worker, 'exit');
    expect(worker.signalCode).toBe('SIGKILL');
    expect(existsSync(join(directory, 'default_collection', 'k.lock'))).toBe(true);
    // Not by age: with these limits an old lock would not be broken within the time of this test.
    const store = new DiskStore({ directory, lock: { staleAfter: 600_000, giveUpAfter: 600_000 } });
    expect(await store.take('k')).toEqual({ n: 1 });
    expect(existsSync(join(directory, 'default_collection', 'k.lock'))).toBe(false);
  });
});

describe('the lock file', () => {
  const path = (): string => join(root, `lock-${folders++}`);

  test('one at a time', async () => {
    const lock = path();
    let inside = 0;
    const most: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        withLockFile(lock, async () => {
          most.push(++inside);
          await new Promise(setImmediate);
          inside--;
        }),
      ),
    );
    expect(most).toEqual(Array.from({ length: 20 }, () => 1));
    expect(existsSync(lock)).toBe(false);
  });

  test('is given back when the action fails', async () => {
    const lock = path();
    await expect(withLockFile(lock, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    expect(existsSync(lock)).toBe(false);
  });

  test.each(['1 another-machine abc', '', 'rubbish'])(
    'of a holder that cannot be asked (%p): broken when it stays',
    async (text) => {
      const lock = path();
      writeFileSync(lock, text);
      utimesSync(lock, 0, 0); // its age by the clock of the file server means nothing
      expect(await withLockFile(lock, () => Promise.resolve('mine'), { staleAfter: 100 })).toBe('mine');
      expect(existsSync(lock)).toBe(false);
    },
  );

  test('of a holder that lives is not broken: the waiter gives up', async () => {
    const lock = path();
    writeFileSync(lock, '1 another-machine abc');
    const waiting = withLockFile(lock, () => Promise.resolve('mine'), { staleAfter: 60_000, giveUpAfter: 50 });
    await expect(waiting).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(existsSync(lock)).toBe(true);
  });

  test('a holder that was replaced does not remove the lock of its successor', async () => {
    const lock = path();
    let release: () => void = () => undefined;
    const slow = withLockFile(lock, () => new Promise<void>((resolve) => (release = resolve)), { staleAfter: 40 });
    await new Promise((resolve) => setTimeout(resolve, 60));
    await withLockFile(
      lock,
      async () => {
        release();
        await slow;
        expect(existsSync(lock)).toBe(true);
      },
      { staleAfter: 40 },
    );
    expect(existsSync(lock)).toBe(false);
  });
});
