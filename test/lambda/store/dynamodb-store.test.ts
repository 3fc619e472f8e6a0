import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';

import { DYNAMODB_ACTIONS } from '../../../lambda/store/dynamodb/actions.ts';
import type { DynamoDbCalls } from '../../../lambda/store/dynamodb/calls.ts';
import { DynamoDbStore } from '../../../lambda/store/dynamodb/dynamodb-store.ts';
import { type Item, ITEM_LIMIT } from '../../../lambda/store/dynamodb/row.ts';
import { overClient } from '../../../lambda/store/dynamodb/sdk-calls.ts';
import { CorruptEntryError, ItemTooLargeError, StoreRejectedError } from '../../../lambda/store/errors.ts';
import { type LocalDynamoDb, startDynalite } from '../../support/dynalite.ts';
import { storeContract } from './contract.ts';

let db: LocalDynamoDb;
let tables = 0;
/** Every action that any test of this file made. */
const used = new Set<string>();

beforeAll(async () => {
  db = await startDynalite();
});
afterAll(() => db.stop());

async function freshStore(now?: () => number): Promise<{ store: DynamoDbStore; table: string }> {
  const table = `store-${tables++}`;
  await db.createTable(table);
  return { table, store: new DynamoDbStore({ table, now, connect: () => recording(overClient(db.client)) }) };
}

function recording(calls: DynamoDbCalls): DynamoDbCalls {
  return new Proxy(calls, {
    get: (target, name: keyof DynamoDbCalls) => {
      if (name in target && name !== 'close') used.add(`dynamodb:${name}`);
      return target[name];
    },
  });
}

storeContract('DynamoDB over dynalite', async ({ now }) => (await freshStore(now)).store);

test('the whole contract needs exactly the actions that are granted', () => {
  expect([...used].sort()).toEqual([...DYNAMODB_ACTIONS].sort());
});

describe("the item in py-key-value's layout", () => {
  const start = Date.UTC(2026, 10, 22, 10, 0, 0, 123);

  test('four attributes of Python, and our mark', async () => {
    const { store, table } = await freshStore(() => start);
    await store.put('k1', { b: 1, a: 'é' }, { collection: 'mcp-jti-mappings', ttl: 3600.5 });
    const [item] = await rows(table);
    expect(item).toEqual({
      collection: { S: 'mcp-jti-mappings' },
      key: { S: 'k1' },
      value: {
        S:
          '{"collection": "mcp-jti-mappings", "created_at": "2026-11-22T10:00:00.123000+00:00", ' +
          '"expires_at": "2026-11-22T11:00:00.623000+00:00", "key": "k1", "value": {"a": "\\u00e9", "b": 1}, "version": 1}',
      },
      ttl: { N: String(Date.UTC(2026, 10, 22, 11) / 1000) },
      op: { S: expect.stringMatching(/^[A-Za-z0-9_-]{12}$/) },
    });
  });

  test('no ttl attribute without a ttl, and none left over from before', async () => {
    const { store, table } = await freshStore();
    await store.put('k', { a: 1 }, { ttl: 60 });
    await store.put('k', { a: 1 });
    expect((await rows(table))[0]).not.toHaveProperty('ttl');
  });

  test('a taken row has its end in the past, and DynamoDB may delete it soon', async () => {
    const { store, table } = await freshStore(() => start);
    await store.put('k', { a: 1 });
    await store.take('k');
    const [item] = await rows(table);
    const ended = Number(item?.ttl?.N);
    expect(ended).toBeLessThan(start / 1000 - 600); // earlier than any clock of a reader
    expect(ended).toBeGreaterThan(start / 1000 - 86_400); // DynamoDB never deletes what ended five years ago
  });

  test('rows that Python wrote are read', async () => {
    const { store, table } = await freshStore(() => start);
    const entry =
      '{"collection": "c", "created_at": "2026-11-22T09:00:00+00:00", "expires_at": "2026-11-22T11:00:00.900000+00:00", ' +
      '"key": "k", "value": {"big": 1e+16, "f": 1.0, "t": "\\ud83d\\ude00"}, "version": 1}';
    await write(table, { key: { S: 'k' }, value: { S: entry }, ttl: { N: String(Date.UTC(2026, 10, 22, 11) / 1000) } });
    const old =
      '{"value": {"v": "0.2"}, "created_at": "2025-11-22T09:00:00.000001+00:00", "expires_at": "2027-01-01T00:00:00+00:00"}';
    await write(table, { key: { S: 'old' }, value: { S: old } });
    const options = { collection: 'c' };
    expect(await store.ttl('k', options)).toEqual({ value: { big: 1e16, f: 1, t: '😀' }, ttl: 3599.877 });
    expect(await store.get('old', options)).toEqual({ v: '0.2' });

    const { version } = (await store.getVersioned('k', options))!;
    expect(await store.compareAndSet('k', version, { n: 1 }, { ...options, ttl: 60 })).toBe(true);
    expect(await store.compareAndSet('k', version, { n: 2 }, options)).toBe(false);
    expect(await store.take('old', options)).toEqual({ v: '0.2' });
    expect(await store.take('old', options)).toBeUndefined();
  });

  test('what Python put over our row is not the version that we read', async () => {
    const { store, table } = await freshStore();
    await store.put('k', { n: 1 }, { collection: 'c' });
    const ours = (await store.getVersioned('k', { collection: 'c' }))!.version;
    await write(table, { key: { S: 'k' }, value: { S: '{"value": {"n": 2}, "version": 1}' } });
    expect(await store.compareAndSet('k', ours, { n: 3 }, { collection: 'c' })).toBe(false);
    expect(await store.get('k', { collection: 'c' })).toEqual({ n: 2 });
  });
});

describe('rows that DynamoDB has not deleted yet', () => {
  test('the attribute decides when an entry ends, as in Python; the JSON where there is none', async () => {
    const now = Date.now();
    const { store, table } = await freshStore(() => now);
    const seconds = (offset: number): string => String(Math.floor(now / 1000) + offset);
    const iso = (offset: number): string => new Date(now + offset * 1000).toISOString().replace('Z', '+00:00');
    const entry = (offset: number): { S: string } => ({ S: `{"expires_at": "${iso(offset)}", "value": {"a": 1}}` });
    await write(table, { key: { S: 'ended' }, value: entry(1000), ttl: { N: seconds(0) } });
    await write(table, { key: { S: 'live' }, value: entry(-1000), ttl: { N: seconds(1) } });
    await write(table, { key: { S: 'json' }, value: entry(-1) });
    const options = { collection: 'c' };
    expect(await store.getMany(['ended', 'live', 'json'], options)).toEqual([undefined, { a: 1 }, undefined]);
    expect(await store.take('ended', options)).toBeUndefined();
    expect(await store.take('json', options)).toBeUndefined();
    expect(await store.delete('ended', options)).toBe(false);
    expect(await store.putIfAbsent('live', { a: 2 }, options)).toBe(false);
  });
});

describe('items that DynamoDB cannot hold', () => {
  test('refused before any call; the largest that fits can also be taken and replaced', async () => {
    const { store, table } = await freshStore();
    let size = ITEM_LIMIT;
    const error: unknown = await store.put('k', { a: 'x'.repeat(size) }).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(ItemTooLargeError);
    size -= (error as ItemTooLargeError).size - ITEM_LIMIT;
    await expect(store.put('k', { a: 'x'.repeat(size + 1) })).rejects.toBeInstanceOf(ItemTooLargeError);
    await expect(store.putMany(['s', 'k'], [{}, { a: 'x'.repeat(size + 1) }])).rejects.toBeInstanceOf(
      ItemTooLargeError,
    );
    expect(await rows(table)).toEqual([]);

    await store.put('k', { a: 'x'.repeat(size) });
    for (let write = 0; write < 10; write++) {
      const { version } = (await store.getVersioned('k'))!;
      expect(await store.compareAndSet('k', version, { a: String(write).repeat(size - 200) })).toBe(true);
    }
    expect(await store.take('k')).toEqual({ a: '9'.repeat(size - 200) });
  });

  test('the message has sizes, not the value', async () => {
    const { store } = await freshStore();
    const error: unknown = await store.put('k', { secret: 'hunter2'.repeat(70_000) }).catch((fault: unknown) => fault);
    expect((error as Error).message).toMatch(/^the item would be 49\d{4} bytes; DynamoDB takes 409344\./);
    expect((error as Error).message).not.toContain('hunter2');
  });
});

describe('rows that are not entries', () => {
  const bad: Item[] = [
    { value: { S: 'not json' } },
    { value: { S: '{"value": [1]}' } },
    { value: { S: '{"value": {}, "created_at": null}' } },
    { value: { S: '{"value": {}, "expires_at": "2026-11-22T10:00:00"}' } },
    { value: { B: new Uint8Array([1]) } },
    {},
  ];
  test.each(bad)('%j', async (attributes) => {
    const { store, table } = await freshStore();
    await write(table, { key: { S: 'k' }, ...attributes });
    const options = { collection: 'c' };
    await expect(store.get('k', options)).rejects.toBeInstanceOf(CorruptEntryError);
    await expect(store.getMany(['k'], options)).rejects.toBeInstanceOf(CorruptEntryError);
    await expect(store.getVersioned('k', options)).rejects.toBeInstanceOf(CorruptEntryError);
    expect(await store.putIfAbsent('k', { a: 1 }, options)).toBe(false);
    expect(await store.delete('k', options)).toBe(true);
    expect(await store.get('k', options)).toBeUndefined();
  });
});

test('a table that does not exist is named, and is no reason to try again', async () => {
  const store = new DynamoDbStore({ table: 'no-such-table', connect: () => overClient(db.client) });
  const error: unknown = await store.get('k').catch((fault: unknown) => fault);
  expect(error).toBeInstanceOf(StoreRejectedError);
  expect(error).toMatchObject({ retryable: false });
  expect((error as Error).message).toMatch(/GetItem on table "no-such-table" failed: ResourceNotFoundException/);
});

async function rows(TableName: string): Promise<Item[]> {
  return (await db.client.send(new ScanCommand({ TableName }))).Items ?? [];
}

async function write(TableName: string, attributes: Item): Promise<void> {
  await db.client.send(new PutItemCommand({ TableName, Item: { collection: { S: 'c' }, ...attributes } }));
}
