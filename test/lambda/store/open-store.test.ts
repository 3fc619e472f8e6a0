import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { parseDynamoDbUrl } from '../../../lambda/store/dynamodb/url.ts';
import {
  diskAdapter,
  DiskStore,
  dynamoDbAdapter,
  DynamoDbStore,
  memoryAdapter,
  MemoryStore,
  openStore,
  StoreUrlError,
} from '../../../lambda/store/index.ts';
import { startDynalite } from '../../support/dynalite.ts';

const all = [memoryAdapter, diskAdapter, dynamoDbAdapter];

describe('a URL opens the store that it names', () => {
  test('memory', async () => {
    const store = openStore('memory:', all);
    expect(store).toBeInstanceOf(MemoryStore);
    await store.put('k', { a: 1 });
    expect(await openStore('memory:', all).get('k')).toBeUndefined(); // each its own
    expect(openStore('memory://', all)).toBeInstanceOf(MemoryStore);
  });

  test('disk, with a path that needs escapes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'open store '));
    try {
      const store = openStore(pathToFileURL(folder), all);
      expect(store).toBeInstanceOf(DiskStore);
      await store.put('k', { a: 1 });
      expect(await new DiskStore({ directory: folder }).get('k')).toEqual({ a: 1 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('DynamoDB, at an endpoint of this machine', async () => {
    const db = await startDynalite();
    await db.createTable('My_Table.x-1');
    const url = `dynamodb://My_Table.x-1?region=eu-west-1&endpoint=${encodeURIComponent(db.endpoint)}`;
    const store = openStore(url, all);
    expect(store).toBeInstanceOf(DynamoDbStore);
    await store.put('k', { a: 1 });
    expect(await store.get('k')).toEqual({ a: 1 });
    await store.close();
    await db.stop();
  });
});

describe('a URL that cannot be used', () => {
  test.each([
    ['', 'must be named by a URL'],
    ['my-table', 'must be named by a URL'],
    ['file:data', 'has an absolute path after three slashes: file:///…. Example: file:///mnt/mcp'],
    ['file:./data', 'has an absolute path after three slashes'],
    ['file:/data', 'has an absolute path after three slashes'],
    ['file:///./data', 'has an absolute path after three slashes'],
    ['file:///..', 'has an absolute path after three slashes'],
    ['FILE:data', 'has an absolute path after three slashes'],
    ['file://data', 'must not name a host: its path begins with the third slash'],
    ['mongodb+tls://a,b/db', 'names one host, no list: name any of a replica set'],
    ['mongodb://a:1,b:2/db', 'names one host, no list: name any of a replica set'],
    ['mongodb+tls://a:x/db', 'the mongodb+tls: URL of a store cannot be read: check its host and its port'],
    [
      'memcached://localhost:99999',
      'the memcached: URL of a store cannot be read: check its host and its port, a number up to 65535. Example: memcacheds://',
    ],
    ['rediss://user:hunter2@host:99999', 'check its host and its port'],
    ['redis://host:6379', 'no adapter for "redis:" in this bundle; it has memory:, file:, dynamodb:'],
    ['memory://host', 'a memory: URL has no host, path or options'],
    ['memory:?max=1', 'a memory: URL has no host, path or options'],
    ['file://host/mnt/mcp', 'must not name a host'],
    ['file:///', 'must name a folder, not the root'],
    ['file:///mnt/mcp?sync=off', 'has no options'],
    ['file:///mnt/%zz', 'percent-encoded'],
    ['file:///mnt/a%2Fb', 'percent-encoded'],
    ['dynamodb:', 'must name a table'],
    ['dynamodb://t', 'must name a table'],
    ['dynamodb://table/path', 'has no port, path or fragment'],
    ['dynamodb://table:8000', 'has no port, path or fragment'],
    ['dynamodb://user:hunter2@table', 'must not contain credentials'],
    ['dynamodb://table?regoin=eu-west-1', 'has the options region and endpoint, not "regoin"'],
    ['dynamodb://table?region=evil.example.com%2F', 'is not the name of a region'],
    ['dynamodb://table?endpoint=http://10.0.0.1:8000', 'must be http or https on this machine'],
    ['dynamodb://table?endpoint=http://127.0.0.1.evil.example', 'must be http or https on this machine'],
    ['dynamodb://table?endpoint=http://localhost@evil.example', 'must be http or https on this machine'],
    ['dynamodb://table?endpoint=file:///etc', 'must be http or https on this machine'],
    ['dynamodb://table?endpoint=nonsense', 'must be http or https on this machine'],
  ])('%p', (url, problem) => {
    expect(() => openStore(url, all)).toThrow(StoreUrlError);
    expect(() => openStore(url, all)).toThrow(problem);
    expect(() => openStore(url, all)).toThrow(/Example: [a-z+]+:/);
    expect(() => openStore(url, all)).not.toThrow('hunter2');
  });

  test('what only JavaScript can pass is told, too', () => {
    const open = openStore as (url?: unknown, adapters?: unknown) => unknown;
    for (const url of [undefined, null, 1, {}]) {
      expect(() => open(url, all)).toThrow(StoreUrlError);
      expect(() => open(url, all)).toThrow('the store must be named by a URL');
    }
    for (const adapters of [undefined, null, memoryAdapter]) {
      expect(() => open('memory:', adapters)).toThrow(StoreUrlError);
      expect(() => open('memory:', adapters)).toThrow("Example: openStore('memory:', [memoryAdapter])");
    }
  });

  test('a bundle names the adapters that it has', () => {
    expect(() => openStore('dynamodb://table', [memoryAdapter])).toThrow(
      'no adapter for "dynamodb:" in this bundle; it has memory:. Example: memory:',
    );
    expect(() => openStore('memory:', [])).toThrow('it has none');
    expect(() => openStore('redis://user:hunter2@host', [])).not.toThrow('hunter2');
  });
});

test.each(['http://127.0.0.1:8000', 'http://127.9.9.9', 'http://localhost:4566', 'https://[::1]:8000'])(
  'the endpoint %s is this machine',
  (endpoint) => {
    expect(parseDynamoDbUrl(new URL(`dynamodb://table?endpoint=${endpoint}`))).toEqual({
      table: 'table',
      region: undefined,
      endpoint,
    });
  },
);
