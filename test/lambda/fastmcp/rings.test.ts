import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { KEY_PURPOSES, parseRing } from '../../../lambda/keys/ring-document.ts';
import { DiskStore } from '../../../lambda/store/disk/disk-store.ts';
import type { KeyValueStore } from '../../../lambda/store/key-value-store.ts';
import { FernetEncryption } from '../../../lambda/store/wrappers/fernet-encryption.ts';
import { PrefixCollections } from '../../../lambda/store/wrappers/prefix-collections.ts';
import { sharedValue } from '../../support/json-arbitraries.ts';
import { describeBesidePython } from '../../support/python-peer.ts';
import { type KitSession, type LocalSecret, openKit, startSecret } from './kit-session.ts';

const CLIENTS = { collection: 'mcp-oauth-proxy-clients' };
const key = (): string => randomBytes(32).toString('base64url');
const ringOf = (...storage: readonly string[]): string =>
  JSON.stringify({ version: 1, storage: storage.map((text, index) => ({ kid: `k${index}`, key: text })) });

describeBesidePython('oauth_storage() and the TypeScript half under one key ring', () => {
  let directory: string;
  let secret: LocalSecret;
  let kit: KitSession;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'rings-'));
    secret = await startSecret('');
  });
  afterEach(async () => {
    await kit.stop();
    await secret.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const openPython = (): KitSession =>
    openKit(`file://${directory}/store`, { ...secret.env, MCP_KEYS_SECRET: secret.arn }, 'oauth');
  const openOurs = (ring: string): KeyValueStore => {
    const keys = parseRing(ring, 'ring').storage?.map((each) => each.key) ?? [];
    const store = new PrefixCollections(new DiskStore({ directory: join(directory, 'store') }), { prefix: 'notes' });
    return new FernetEncryption(store, { keys: () => Promise.resolve(keys) });
  };

  test('each reads what the other has encrypted with the derived key, 100 values', async () => {
    const root = JSON.stringify({ root: 'x'.repeat(20) + key() });
    secret.text = root;
    kit = openPython();
    const ours = openOurs(root);
    const values = fc.sample(sharedValue, { numRuns: 100, seed: 5 });
    for (const [index, value] of values.entries()) {
      expect(await kit.call('put', `python-${index}`, value, CLIENTS)).toEqual({ is: null });
      await ours.put(`ours-${index}`, value, CLIENTS);
      expect(await ours.get(`python-${index}`, CLIENTS)).toEqual(value);
      expect(await kit.call('get', `ours-${index}`, CLIENTS)).toEqual({ is: value });
    }
    await ours.close();
  }, 60_000);

  test('each reads across a rotation, and neither what a key that is gone has encrypted', async () => {
    const [old, next] = [key(), key()];
    secret.text = ringOf(old);
    kit = openPython();
    const before = openOurs(ringOf(old));
    await before.put('ours', { n: 1 }, CLIENTS);
    await kit.call('put', 'python', { n: 2 }, CLIENTS);
    const between = openOurs(ringOf(next, old));
    secret.text = ringOf(next, old);
    await kit.stop();
    kit = openPython();
    expect(await kit.call('get', 'ours', CLIENTS)).toEqual({ is: { n: 1 } });
    expect(await between.get('python', CLIENTS)).toEqual({ n: 2 });
    await kit.call('put', 'new', { n: 3 }, CLIENTS);
    const after = openOurs(ringOf(next));
    expect(await after.get('new', CLIENTS)).toEqual({ n: 3 });
    await expect(after.get('python', CLIENTS)).rejects.toThrow();
    secret.text = ringOf(next);
    await kit.stop();
    kit = openPython();
    expect((await kit.call('get', 'ours', CLIENTS)).fault).toMatch(/^StoreFault: /);
    await Promise.all([before.close(), between.close(), after.close()]);
  }, 60_000);

  test('a ring without keys for storage, and one that cannot be read, are faults that name it and hold nothing of it', async () => {
    for (const text of [
      JSON.stringify({ version: 1, 'token-signing': [{ kid: 'CANARY', key: key() }] }),
      'CANARY',
      '{"root":"CANARY"}',
    ]) {
      secret.text = text;
      kit = openPython();
      const { fault } = await kit.call('get', 'k', CLIENTS);
      expect(fault).toMatch(/^StoreFault: /);
      expect(fault).not.toContain('CANARY');
      await kit.stop();
    }
    kit = openPython();
  }, 60_000);

  test('the signing key is the first of its purpose, as 44 characters', async () => {
    secret.text = JSON.stringify({ root: key() + key() });
    kit = openPython();
    const [signing] = parseRing(secret.text, 'ring')['token-signing'] ?? [];
    expect(KEY_PURPOSES).toContain('token-signing');
    const text = Buffer.from(signing?.key ?? []).toString('base64url');
    expect(await kit.evaluate('mcp_kit.jwt_signing_key().decode()')).toEqual({ is: `${text}=` });
    expect(await kit.evaluate('mcp_kit.secret(os.environ["MCP_KEYS_SECRET"])["root"]')).toEqual({
      is: (JSON.parse(secret.text) as { root: string }).root,
    });
  });
});
