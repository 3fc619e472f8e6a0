import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { bundle } from '../../../../lib/code/bundle.ts';
import { RuntimeHost, RuntimePart } from '../../../../lib/code/runtime-part.ts';
import { openStore } from '../../../../lambda/store/open-store.ts';

const store = resolve(__dirname, '../../../../lambda/store');
const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:notes-AbCdEf';

test('both engines under four names, with the client loaded by the first call', async () => {
  let loaded = false;
  jest.doMock('@redis/client', () => {
    loaded = true;
    return jest.requireActual<object>('@redis/client');
  });
  const { redisAdapter } = jest.requireActual<typeof import('../../../../lambda/store/adapters/redis.ts')>(
    join(store, 'adapters/redis.ts'),
  );
  expect(redisAdapter.schemes).toEqual(['redis', 'rediss', 'valkey', 'valkeys']);
  for (const url of ['rediss://h', 'valkeys://u@h?auth=iam&cache=c', `valkey://localhost?secret=${arn}`]) {
    const { capabilities } = openStore(url, [redisAdapter]);
    expect(capabilities).toEqual({ putIfAbsent: true, take: true, compareAndSet: true, durable: false, shared: true });
  }
  expect(openStore('rediss://h?durable=true', [redisAdapter]).capabilities.durable).toBe(true);
  expect(loaded).toBe(false);
  const opened = openStore('valkey://127.0.0.1:1', [redisAdapter]);
  const message = expect.stringMatching(/^Valkey at 127.0.0.1:1 cannot be reached: ECONNREFUSED$/) as string;
  await expect(opened.get('k')).rejects.toMatchObject({ name: 'StoreUnavailableError', message });
  expect(loaded).toBe(true);
  await opened.close();
});

describe('its bundle', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'redis-bundle-'));
    cpSync(join(__dirname, '../../../../examples/weather'), join(folder, 'weather'), { recursive: true });
    // What the client asks for when it is there: a module that esbuild has no loader for.
    const native = join(folder, 'node_modules', '@node-rs', 'xxhash');
    mkdirSync(native, { recursive: true });
    writeFileSync(join(native, 'package.json'), '{"name": "@node-rs/xxhash", "main": "index.js"}');
    writeFileSync(join(native, 'index.js'), "module.exports = require('./xxhash.node');");
    writeFileSync(join(native, 'xxhash.node'), '');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const build = (settings: object) => {
    const entry = resolve(__dirname, '../../../../examples/weather/server.ts');
    const { files } = bundle({ entry, host: RuntimeHost.NODE, parts: [RuntimePart.REDIS_STORE], settings });
    return [...files].filter(([name]) => name.endsWith('.mjs'));
  };

  test('leaves the client to a file that a start does not read', () => {
    const files = build({});
    const index = files.find(([name]) => name === 'index.mjs')?.[1] ?? new Uint8Array();
    const client = files.filter(
      ([, text]) => Buffer.from(text).includes('CLUSTER_REPLICATE') || Buffer.from(text).includes('RESERVE'),
    );
    expect(Buffer.from(index).includes('NOSCRIPT')).toBe(true);
    expect(client.map(([name]) => name)).not.toContain('index.mjs');
    expect(client).toHaveLength(1);
    expect(client[0]?.[1].length).toBeLessThan(450_000);
  });

  test('is made also when the hash is installed that the client can do without', () => {
    expect(build({ nodePaths: [join(folder, 'node_modules')] }).length).toBeGreaterThan(1);
  });
});
