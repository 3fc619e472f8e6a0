import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DiskStore } from '../../../lambda/store/disk/disk-store.ts';
import { CorruptEntryError, InvalidKeyError, StoreRejectedError } from '../../../lambda/store/errors.ts';
import { dumpEntry } from '../../../lambda/store/managed-entry.ts';
import { storeContract } from './contract.ts';

const root = mkdtempSync(join(tmpdir(), 'disk-store-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
let made = 0;
const freshFolder = (): string => join(root, String(made++));

storeContract('disk', ({ now }) => new DiskStore({ directory: freshFolder(), now }));

describe('the layout of FileTreeStore', () => {
  test('one file per entry, one description per collection, nothing else left behind', async () => {
    const directory = freshFolder();
    const store = new DiskStore({ directory });
    await store.put('k1', { a: 'é' }, { collection: 'mcp-oauth-proxy-clients', ttl: 60 });
    await store.putIfAbsent('tools/list', { b: 1 });
    await store.take('tools/list');
    await store.putIfAbsent('tools/list', { b: 2 });
    const { version } = (await store.getVersioned('tools/list'))!;
    await store.compareAndSet('tools/list', version, { b: 3 });

    expect((await readdir(directory)).sort()).toEqual([
      'S_mcp_oauth_proxy_clients-4db71f6a',
      'S_mcp_oauth_proxy_clients-4db71f6a-info.json',
      'default_collection',
      'default_collection-info.json',
    ]);
    expect(await readdir(join(directory, 'S_mcp_oauth_proxy_clients-4db71f6a'))).toEqual(['k1.json']);
    expect(await readdir(join(directory, 'default_collection'))).toEqual(['S_tools_list-b7721731.json']);

    const text = await readFile(join(directory, 'S_mcp_oauth_proxy_clients-4db71f6a', 'k1.json'), 'utf8');
    const iso = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?\\+00:00';
    expect(text).toMatch(
      new RegExp(`^{"created_at": "${iso}", "expires_at": "${iso}", "value": {"a": "\\\\u00e9"}, "version": 1}$`),
    );
    const info = await readFile(join(directory, 'S_mcp_oauth_proxy_clients-4db71f6a-info.json'), 'utf8');
    expect(info).toContain('{"collection": "mcp-oauth-proxy-clients", "created_at": "');
    expect(info).toContain(`"directory": "${join(directory, 'S_mcp_oauth_proxy_clients-4db71f6a')}", "version": 1}`);
  });

  test('the same value put many times within one millisecond: every write has a version of its own', async () => {
    const store = new DiskStore({ directory: freshFolder(), now: () => Date.UTC(2026, 10, 24, 8, 0, 0, 123) });
    const versions = new Set<string>();
    for (let n = 0; n < 50; n++) {
      await store.put('k', { a: 1 });
      versions.add((await store.getVersioned('k'))!.version);
    }
    expect(versions.size).toBe(50);
  });

  test('files are readable by their owner only', async () => {
    const directory = freshFolder();
    await new DiskStore({ directory }).put('k', { a: 1 });
    expect((await stat(join(directory, 'default_collection'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'default_collection', 'k.json'))).mode & 0o777).toBe(0o600);
  });

  test('an expired file is cleared away by the read that meets it', async () => {
    let clock = Date.now();
    const directory = freshFolder();
    const store = new DiskStore({ directory, now: () => clock });
    await store.put('k', { a: 1 }, { ttl: 1 });
    clock += 1000;
    expect(await store.get('k')).toBeUndefined();
    expect(await readdir(join(directory, 'default_collection'))).toEqual([]);
  });

  test('entries survive the process: another store on the folder reads them', async () => {
    const directory = freshFolder();
    await new DiskStore({ directory }).put('k', { a: 1 });
    expect(await new DiskStore({ directory }).get('k')).toEqual({ a: 1 });
  });

  test('a folder that is removed under a running store is made again', async () => {
    const directory = freshFolder();
    const store = new DiskStore({ directory });
    await store.put('k', { a: 1 });
    await rm(directory, { recursive: true });
    expect(await store.get('k')).toBeUndefined();
    await store.put('k', { a: 2 });
    expect(await store.get('k')).toEqual({ a: 2 });
  });
});

describe('what a disk store refuses', () => {
  test('keys that look like paths stay inside', async () => {
    const directory = freshFolder();
    const store = new DiskStore({ directory });
    for (const key of ['../escaped', '/etc/passwd', '..', '.', 'a/../../b', 'C:\\x', 'nul\0byte']) {
      await store.put(key, { key }, { collection: key });
      expect(await store.get(key, { collection: key })).toEqual({ key });
    }
    const above = await readdir(join(directory, '..'));
    expect(above).not.toContain('escaped');
    expect(above.filter((name) => !/^\d+$/.test(name))).toEqual([]);
  });

  test('a collection that is a link out of the store', async () => {
    const [directory, outside] = [freshFolder(), freshFolder()];
    await mkdir(directory);
    await mkdir(outside);
    await symlink(outside, join(directory, 'evil'));
    const store = new DiskStore({ directory });
    await expect(store.put('k', { a: 1 }, { collection: 'evil' })).rejects.toBeInstanceOf(StoreRejectedError);
    // also when the link takes the place of a folder that was in use
    await store.put('k', { a: 1 }, { collection: 'later' });
    await rm(join(directory, 'later'), { recursive: true });
    await symlink(outside, join(directory, 'later'));
    await expect(store.get('k', { collection: 'later' })).rejects.toBeInstanceOf(StoreRejectedError);
    expect(await readdir(outside)).toEqual([]);
  });

  test('an entry that is a link', async () => {
    const directory = freshFolder();
    const store = new DiskStore({ directory });
    await store.put('k', { a: 1 });
    const secret = join(root, 'secret.json');
    await writeFile(secret, dumpEntry({ value: { secret: true } }));
    await symlink(secret, join(directory, 'default_collection', 'link.json'));
    await expect(store.get('link')).rejects.toBeInstanceOf(CorruptEntryError);
    await store.put('link', { a: 2 }); // replaces the link, not its target
    expect(await store.get('link')).toEqual({ a: 2 });
    expect(await readFile(secret, 'utf8')).toContain('secret');
  });

  test('names that would share a file or a folder with another', async () => {
    const store = new DiskStore({ directory: freshFolder() });
    await expect(store.put('x'.repeat(251), { a: 1 })).rejects.toBeInstanceOf(InvalidKeyError);
    await expect(store.put('k', { a: 1 }, { collection: 'x'.repeat(246) })).rejects.toBeInstanceOf(InvalidKeyError);
    await expect(store.put('k', { a: 1 }, { collection: 'S_made' })).rejects.toBeInstanceOf(InvalidKeyError);
    await store.put('x'.repeat(250), { a: 1 });
    expect(await store.get('x'.repeat(250))).toEqual({ a: 1 });
  });

  test.each(['', '{"value":', '[]', '{"value": 1}', '{"value": {}, "expires_at": null}', '\u0000'])(
    'a file that is not an entry: %p',
    async (text) => {
      const directory = freshFolder();
      const store = new DiskStore({ directory });
      await store.put('k', { a: 1 });
      await writeFile(join(directory, 'default_collection', 'k.json'), text);
      await expect(store.get('k')).rejects.toBeInstanceOf(CorruptEntryError);
      await expect(store.putIfAbsent('k', { a: 2 })).rejects.toBeInstanceOf(CorruptEntryError);
      expect(await store.delete('k')).toBe(true);
      expect(await store.get('k')).toBeUndefined();
    },
  );
});
