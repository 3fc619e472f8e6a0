import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

import { buildSync } from 'esbuild';

import { RocksDbStore } from '../../../../lambda/store/rocksdb/rocksdb-store.ts';
import { describeBesidePython, runPython } from '../../../support/python-peer.ts';

const ROOT = resolve(__dirname, '../../../..');
const root = mkdtempSync(join(tmpdir(), 'rocksdb-processes-'));
const program = join(root, 'with', 'worker.mjs');
const bare = join(root, 'without', 'worker.mjs');
let folders = 0;
let directory: string;

beforeAll(() => {
  for (const outfile of [program, bare]) {
    const entry = join(ROOT, 'test/support/rocksdb-worker.ts');
    buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'with', 'node_modules'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  directory = join(root, String(folders++));
});

type Worker = ChildProcessByStdio<Writable, Readable, null>;

function start(task: string, sync = true, worker = program): { worker: Worker; lines: Interface } {
  const child = spawn(process.execPath, [worker, directory, task, String(sync)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.add(child);
  return { worker: child, lines: createInterface({ input: child.stdout }) };
}

const running = new Set<{ kill(signal: 'SIGKILL'): boolean }>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL'); // of a test that failed
  running.clear();
});

async function kill(worker: Worker): Promise<void> {
  const ended = once(worker, 'close');
  worker.kill('SIGKILL');
  await ended;
}

describe.each([true, false])('a writer that is killed, with sync=%p', (sync) => {
  test('every entry that it told is there, whole', async () => {
    for (let round = 0; round < 3; round++) {
      const { worker, lines } = start('write', sync);
      const told: string[] = [];
      lines.on('line', (line) => told.push(line));
      while (told.length < 200) await once(lines, 'line');
      await kill(worker);
      const store = new RocksDbStore({ directory });
      for (const key of told) expect(await store.get(key)).toEqual({ key, pad: 'x'.repeat(2000) });
      await store.put('shared', { round });
      await store.close();
    }
  });
});

describeBesidePython('a writer that is killed, beside py-key-value', () => {
  test('Python opens what it left behind', async () => {
    const { worker, lines } = start('write');
    const told: string[] = [];
    lines.on('line', (line) => told.push(line));
    while (told.length < 50) await once(lines, 'line');
    await kill(worker);
    const found = await runPython(
      {
        args: [directory],
        setup: `
from key_value.aio.stores.rocksdb import RocksDBStore
inner = RocksDBStore(path=args[0])`,
      },
      'return [(await store.get(key))["key"] for key in data]',
      told,
    );
    expect(found).toEqual(told);
  });
});

test('a folder that another process has open is refused, until that one ends', async () => {
  const { worker, lines } = start('hold');
  await once(lines, 'line');
  const store = new RocksDbStore({ directory });
  await expect(store.get('held')).rejects.toMatchObject({ name: 'StoreRejectedError' });
  await kill(worker);
  expect(await store.get('held')).toEqual({ by: worker.pid });
  await store.close();
});

test('a bundle without the package beside it says what to install', async () => {
  const { lines } = start('call', true, bare);
  const [line] = (await once(lines, 'line')) as [string];
  const outcomes = JSON.parse(line) as unknown[];
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({
      name: 'StoreRejectedError',
      message: expect.stringContaining('npm install @nxtedition/rocksdb') as string,
    });
  }
});

// Only Linux can raise a limit of a process that runs.
const missing = spawnSync('prlimit', ['--version']).status === 0 ? '' : ' (skipped: there is no prlimit)';
(missing ? test.skip : test)(
  `a disk that is full${missing}: told, and used again without opening the store anew when there is room`,
  async () => {
    // A limit on the size of files, which any user may set, is met like the end of the disk.
    mkdirSync(directory);
    const script = `trap '' XFSZ; ulimit -S -f 2048; exec "$0" "$@"`;
    const worker = spawn('bash', ['-c', script, process.execPath, program, directory, 'fill', 'true'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    running.add(worker);
    const lines = createInterface({ input: worker.stdout });
    const [full] = (await once(lines, 'line')) as [string];
    const told = JSON.parse(full) as { written: number; name: string; message: string };
    expect(told).toMatchObject({ name: 'StoreRejectedError', message: expect.stringContaining('full') as string });
    expect(told.written).toBeGreaterThan(10);
    const raised = spawn('prlimit', ['--pid', String(worker.pid), '--fsize=unlimited']);
    await once(raised, 'close');
    const next = once(lines, 'line');
    worker.stdin.write('go\n');
    const [after] = (await next) as [string];
    expect(JSON.parse(after)).toEqual({ after: { n: 1 }, first: 0 });
  },
);
