import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { buildSync } from 'esbuild';

import { DiskStore, type DiskStoreProps } from '../../../lambda/store/disk/disk-store.ts';
import { diskFault } from '../../../lambda/store/disk/files.ts';
import { dumpEntry } from '../../../lambda/store/managed-entry.ts';

const root = mkdtempSync(join(tmpdir(), 'disk-faults-'));
const program = join(root, 'worker.mjs');
let folders = 0;
let directory: string;
beforeAll(() => {
  chmodSync(root, 0o755);
  const entry = resolve(__dirname, '../../support/disk-worker.ts');
  buildSync({ entryPoints: [entry], outfile: program, bundle: true, platform: 'node', format: 'esm' });
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  directory = join(root, String(folders++));
});

async function eventually(check: () => boolean): Promise<void> {
  while (!check()) await sleep(5);
}

/** What the worker's task said, run as some user or under some limits of a shell. */
async function outcomeOf(
  task: string,
  { uid, limits = ':' }: { uid?: number; limits?: string } = {},
): Promise<unknown> {
  const script = `${limits}; exec "$0" "$@"`;
  const args = ['-c', script, process.execPath, program, directory, task, '100'];
  const worker = spawn('bash', args, { uid, cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: worker.stdout });
  await once(lines, 'line');
  const outcome = once(lines, 'line');
  worker.stdin.write('go\n');
  const [text] = (await outcome) as [string];
  worker.stdin.end();
  await once(worker, 'close');
  return JSON.parse(text) as unknown;
}

describe('what nobody asks for any more', () => {
  const open = (props: Partial<DiskStoreProps> = {}): DiskStore => new DiskStore({ directory, ...props });
  const collection = (): string => join(directory, 'default_collection');

  test('files that killed writers left behind are removed, old ones only, and nothing else', async () => {
    const first = open();
    await first.put('k', { n: 1 });
    await first.close();
    const left = [
      'tmpAbC-_12345678.tmp',
      `tmpAbC-_12345679.${(0).toString(36)}.tmp`,
      'tmpq8x_z1ab.tmp',
      'tmpnonce.claim',
    ];
    const kept = ['tmp.json', 'notes.tmp', 'tmp a.tmp', 'README'];
    for (const name of [...left, ...kept]) writeFileSync(join(collection(), name), dumpEntry({ value: {} }));
    writeFileSync(join(collection(), 'dead.lock'), '1 another-machine abc');
    writeFileSync(join(directory, 'tmproot0000000.tmp'), '{');

    const young = open();
    await young.put('a', { n: 1 });
    await young.close();
    for (const name of [...left, ...kept, 'dead.lock']) expect(existsSync(join(collection(), name))).toBe(true);

    await sleep(60);
    const store = open({ leftoverAfter: 50 });
    await store.put('b', { n: 1 });
    await eventually(() => left.every((name) => !existsSync(join(collection(), name))));
    await eventually(() => !existsSync(join(collection(), 'dead.lock')));
    await eventually(() => !existsSync(join(directory, 'tmproot0000000.tmp')));
    await store.close();
    for (const name of kept) expect(existsSync(join(collection(), name))).toBe(true);
    expect(await open().getMany(['k', 'a', 'b'])).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
  });

  test('a file that was moved aside a moment ago is not old, whatever its date', async () => {
    await open().put('k', { n: 1 });
    const aside = join(collection(), `tmpabcdefghijkl.${Date.now().toString(36)}.tmp`);
    writeFileSync(aside, 'x');
    utimesSync(aside, 0, 0);
    const store = open({ leftoverAfter: 60_000 });
    await store.put('a', { n: 1 });
    await store.close();
    expect(existsSync(aside)).toBe(true);
  });

  test('expired entries are swept by writes, four for each', async () => {
    let clock = Date.now();
    const store = open({ now: () => clock });
    const names = Array.from({ length: 150 }, (_, n) => `brief${n}`);
    await store.putMany(
      names,
      names.map(() => ({})),
      { ttl: 10 },
    );
    await store.put('stays', { n: 1 });
    writeFileSync(join(collection(), 'broken.json'), '{"value":');
    clock += 11_000;
    for (let n = 0; n < 160; n++) await store.put('other', { n });
    await store.close();
    expect(readdirSync(collection()).sort()).toEqual(['broken.json', 'other.json', 'stays.json']);
  });
});

test('the entry of py-key-value 0.2 is read', async () => {
  const store = new DiskStore({ directory });
  await store.put('old', {});
  const path = join(directory, 'default_collection', 'old.json');
  writeFileSync(
    path,
    '{"value": {"a": 1}, "created_at": "2026-01-01T00:00:00+00:00", "expires_at": "2199-01-01T00:00:00+00:00"}',
  );
  expect(await store.get('old')).toEqual({ a: 1 });
  writeFileSync(path, '{"value": "{\\"a\\": 2}"}');
  expect(await store.get('old')).toEqual({ a: 2 });
});

describe('a folder that may not be written', () => {
  /** Permissions do not bind root, so the worker is somebody else then. */
  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  const prepared = async (mode: number): Promise<void> => {
    await new DiskStore({ directory }).put('k', { n: 1 });
    if (uid !== undefined) execFileSync('chown', ['-R', String(uid), directory]);
    chmodSync(join(directory, 'default_collection'), mode);
    chmodSync(directory, mode);
  };
  const refused = {
    name: 'StoreAccessError',
    message: expect.stringMatching(/EACCES.*check its owner and mode/) as string,
  };

  test('but read, is read', async () => {
    await prepared(0o555);
    expect(await outcomeOf('call', { uid })).toEqual([{ value: { n: 1 } }, refused, refused]);
    chmodSync(directory, 0o755);
  });

  test('nor read', async () => {
    await prepared(0o000);
    expect(await outcomeOf('call', { uid })).toEqual([refused, refused, refused]);
    chmodSync(directory, 0o755);
  });

  test('nor made', async () => {
    mkdirSync(directory, { mode: 0o555 });
    directory = join(directory, 'store');
    if (uid === undefined) chmodSync(join(directory, '..'), 0o555);
    expect(await outcomeOf('call', { uid })).toEqual([{}, refused, refused]);
  });

  test('because a file is in its place', async () => {
    writeFileSync(directory, 'a file');
    expect(await outcomeOf('call')).toEqual(
      Array.from({ length: 3 }, () => ({
        name: 'StoreRejectedError',
        message: expect.stringContaining('a folder of its own') as string,
      })),
    );
  });
});

describe('a disk that is full', () => {
  test('a limit on the size of files: nothing is written, nothing is left behind', async () => {
    const outcome = await outcomeOf('fill', { limits: `trap '' XFSZ; ulimit -S -f 20` });
    expect(outcome).toMatchObject({
      written: 0,
      name: 'StoreRejectedError',
      message: expect.stringMatching(/full.*EFBIG/) as string,
      absent: true,
    });
    expect(readdirSync(join(directory, 'default_collection'))).toEqual(['again.json']);
  });

  // A file system of a few megabytes, which only root can mount, and not in every container.
  const mountable = ((): boolean => {
    const probe = mkdtempSync(join(tmpdir(), 'mount-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe]).status === 0;
    if (mounted) spawnSync('umount', [probe]);
    rmSync(probe, { recursive: true, force: true });
    return mounted;
  })();
  const whenMountable = mountable ? describe : describe.skip;
  whenMountable(mountable ? 'a small file system' : 'skipped: this user may not mount a file system', () => {
    let mount: string;
    beforeEach(() => {
      mount = mkdtempSync(join(tmpdir(), 'small-disk-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mount]);
      directory = join(mount, 'store');
    });
    afterEach(() => {
      execFileSync('umount', [mount]);
      rmSync(mount, { recursive: true });
    });

    test('the write that does not fit says so; what was written is whole, and room that is made is used', async () => {
      const outcome = (await outcomeOf('fill')) as { written: number; whole: number };
      expect(outcome).toMatchObject({
        name: 'StoreRejectedError',
        message: expect.stringMatching(/full.*ENOSPC/) as string,
        absent: true,
      });
      expect(outcome.written).toBeGreaterThan(5);
      expect(outcome.whole).toBe(outcome.written - 1);
      const names = readdirSync(join(directory, 'default_collection'));
      expect(names.filter((name) => !name.endsWith('.json'))).toEqual([]);
    });

    test('one that is mounted for reading only is read', async () => {
      const writer = new DiskStore({ directory });
      await writer.put('k', { n: 1 });
      await writer.close();
      execFileSync('mount', ['-o', 'remount,ro', mount]);
      const store = new DiskStore({ directory });
      expect(await store.get('k')).toEqual({ n: 1 });
      expect(await store.get('nothing', { collection: 'never' })).toBeUndefined();
      const fault: unknown = await store.put('k', { n: 2 }).catch((error: unknown) => error);
      expect(fault).toMatchObject({ name: 'StoreAccessError' });
      expect((fault as Error).message).toMatch(/EROFS.*mount it for writing/);
      expect((fault as Error).message).not.toContain(mount);
      await store.close();
    });
  });

  test.each([
    ['EDQUOT', 'StoreRejectedError'],
    ['EMFILE', 'StoreThrottledError'],
    ['EIO', 'StoreUnavailableError'],
    ['ESTALE', 'StoreUnavailableError'],
  ])('%s is a %s', (code, name) => {
    expect(diskFault(Object.assign(new Error(`${code}: /a/path`), { code }))).toMatchObject({
      name,
      message: expect.stringContaining(code) as string,
    });
  });
});

test('reading makes no folder', async () => {
  const store = new DiskStore({ directory });
  expect(await store.get('k')).toBeUndefined();
  expect(await store.getMany(['a', 'b'], { collection: 'c' })).toEqual([undefined, undefined]);
  expect(existsSync(directory)).toBe(false);
});
