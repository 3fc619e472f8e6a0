import type { Collection, Document } from 'mongodb';

import { mongoDbAdapter } from '../../../lambda/store/adapters/mongodb.ts';
import { CorruptEntryError, InvalidKeyError, ItemTooLargeError } from '../../../lambda/store/errors.ts';
import type { JsonObject, KeyValueStore } from '../../../lambda/store/key-value-store.ts';
import { overClient } from '../../../lambda/store/mongodb/driver.ts';
import { MongoDbStore } from '../../../lambda/store/mongodb/mongodb-store.ts';
import { runningMongo } from '../../support/running-mongo.ts';
import type { MongoProgram } from '../../support/servers/mongodb.ts';
import { describeWith } from '../../support/servers/programs.ts';

/** As py-key-value makes it. */
const END = { name: 'expires_at_1', key: { expires_at: 1 }, expireAfterSeconds: 0 };
const MARK = /^[\w-]{12}$/;

describeWith<MongoProgram>('mongodb', 'what is in MongoDB', (program) => {
  const mongo = runningMongo(program);
  let databases = 0;
  let store: KeyValueStore;
  let documents: Collection;

  beforeEach(() => {
    const database = `layout${databases++}`;
    documents = mongo.client.db(database).collection('default_collection');
    store = mongoDbAdapter.open(new URL(`${mongo.proxy.url}/${database}`));
  });
  afterEach(() => store.close());

  const insertRaw = async (document: Document): Promise<void> => {
    await documents.insertOne({ collection: 'default_collection', key: 'k', version: 1, ...document });
  };

  describe('a document', () => {
    test('has the fields of py-key-value, and beside the value the mark of its write', async () => {
      const before = Date.now();
      await store.put('k', { a: 1, big: 2 ** 40, half: 0.5, text: 'é' }, { ttl: 60 });
      const [document] = await documents.find({}, { promoteValues: false, promoteLongs: false }).toArray();
      expect(Object.keys(document!).sort()).toEqual(
        ['_id', 'collection', 'created_at', 'expires_at', 'key', 'value', 'version'].sort(),
      );
      expect(document).toMatchObject({ _id: 'k', collection: 'default_collection', key: 'k' });
      const {
        created_at: created,
        expires_at: expires,
        value,
      } = document as unknown as {
        readonly created_at: Date;
        readonly expires_at: Date;
        readonly value: { readonly object: Readonly<Record<string, { _bsontype: string }>>; readonly op: string };
      };
      expect(Object.keys(value)).toEqual(['object', 'op']);
      expect(value.op).toMatch(MARK);
      const { a, big, half } = value.object;
      expect([a, big, half].map((number) => number!._bsontype)).toEqual(['Int32', 'Long', 'Double']);
      expect(+created).toBeGreaterThanOrEqual(before);
      expect(+expires - +created).toBe(60_000);
    });

    test('names that every object of JavaScript inherits are names like others', async () => {
      const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf'];
      const list = '[{}, {"a": [{"n": 1}]}]';
      const value = JSON.parse(`{${names.map((name) => `"${name}": ${list}`).join(', ')}}`) as JsonObject;
      await store.putMany(['k', 'l'], [value, value]);
      const all = JSON.stringify(value);
      expect(JSON.stringify(await store.get('k'))).toBe(all);
      for (const read of await store.getMany(['k', 'l'])) expect(JSON.stringify(read)).toBe(all);
      const { version } = (await store.getVersioned('l'))!;
      expect(await store.compareAndSet('l', version, value)).toBe(true);
      expect(JSON.stringify(await store.take('l'))).toBe(all);
    });

    test('put again without a lifetime has no end any more', async () => {
      await store.put('k', { a: 1 }, { ttl: 60 });
      await store.put('k', { a: 2 });
      const [document] = await documents.find({}).toArray();
      expect(Object.keys(document!)).not.toContain('expires_at');
    });

    test('that was taken has another key for a minute, and becomes the next entry of its key', async () => {
      await store.put('k', { a: 1 });
      await store.take('k');
      const [taken] = await documents.find({}).toArray();
      expect(taken).toMatchObject({ _id: 'k', key: { taken: expect.stringMatching(MARK) as string } });
      const left = +(taken as unknown as { expires_at: Date }).expires_at - Date.now();
      expect(left).toBeGreaterThan(30_000);
      expect(left).toBeLessThanOrEqual(60_000);
      await store.put('k', { a: 2 });
      await store.take('k');
      expect(await store.putIfAbsent('k', { a: 3 })).toBe(true);
      expect(await documents.countDocuments()).toBe(1);
      expect(await store.get('k')).toEqual({ a: 3 });
    });

    const odd: [string, JsonObject][] = [
      ['a name with NUL', { 'a\0b': 1 }],
      ['half a surrogate pair in text', { a: ['\ud83d'] }],
      ['half a surrogate pair in a name', { a: { '\udc00x': 1 } }],
      ['what drivers take for a reference', { schema: { $ref: '#/x', $id: 'y' } }],
      ['what the driver takes for a type of its own', { a: { _bsontype: 'ObjectId', id: 'x' } }],
      ['more levels than BSON has', { deep: nested(300) as JsonObject }],
    ];
    test.each(odd)('of a value with %s holds it as JSON', async (_, value) => {
      await store.put('k', value);
      expect(await store.get('k')).toEqual(value);
      const [document] = await documents.find({}).toArray();
      expect(Object.keys(document!.value as object)).toEqual(['string', 'op']);
      const { version } = (await store.getVersioned('k'))!;
      expect(await store.compareAndSet('k', version, { n: 1 })).toBe(true);
      await store.put('k', value);
      expect(await store.take('k')).toEqual(value);
    });

    test('of a value with $, dots, __proto__, empty names or -0 holds it as it is', async () => {
      const value = JSON.parse(
        '{"$schema": "x", "a.b": {"$defs": {}}, "__proto__": {"n": 4294967296}, "": 1, "constructor": 2}',
      ) as JsonObject;
      await store.put('k', { ...value, zero: -0 });
      const [document] = await documents.find({}).toArray();
      expect(Object.keys(document!.value as object)).toEqual(['object', 'op']);
      const got = (await store.get('k'))!;
      expect(JSON.parse(JSON.stringify(got))).toEqual(JSON.parse(JSON.stringify({ ...value, zero: 0 })));
      expect(Object.is(got.zero, -0)).toBe(true);
      expect(Object.keys(got)).toContain('__proto__');
      expect(({} as Record<string, unknown>).n).toBeUndefined();
    });
  });

  describe('documents of others', () => {
    test('of py-key-value 0.2, with the whole entry as text', async () => {
      const old = (seconds: number): Document => {
        const created = new Date(Date.now() - 60_000).toISOString().replace('Z', '000+00:00');
        const expires = new Date(Date.now() + seconds * 1000).toISOString().replace('Z', '000+00:00');
        const entry = { created_at: created, expires_at: expires, value: { n: 1 } };
        return {
          value: JSON.stringify(entry),
          created_at: created,
          expires_at: expires,
          updated_at: created,
          version: undefined,
        };
      };
      await insertRaw(old(60));
      expect(await store.get('k')).toEqual({ n: 1 });
      expect((await store.ttl('k'))!.ttl).toBeGreaterThan(30);
      expect(await store.putIfAbsent('k', { n: 2 })).toBe(false);
      const { version } = (await store.getVersioned('k'))!;
      expect(await store.compareAndSet('k', version, { n: 3 })).toBe(true);
      expect(await store.ttl('k')).toEqual({ value: { n: 3 }, ttl: undefined });
      await documents.deleteMany({});
      await insertRaw(old(60));
      expect(await store.take('k')).toEqual({ n: 1 });
      await documents.deleteMany({});
      await insertRaw(old(-1));
      expect(await store.get('k')).toBeUndefined();
      expect(await store.take('k')).toBeUndefined();
      await documents.deleteMany({});
      await insertRaw(old(-1));
      expect(await store.putIfAbsent('k', { n: 4 })).toBe(true);
      expect(await store.get('k')).toEqual({ n: 4 });
      expect(await documents.countDocuments()).toBe(1);
    });

    test('with numbers of 64 bits, and with what the driver takes for a reference', async () => {
      const long = (await import('mongodb')).Long.fromString('9007199254740993');
      const object = { long, small: 1, schema: { $ref: '#/x', $id: 'y', more: { long } } };
      await insertRaw({ value: { object } });
      const rounded = Number('9007199254740993');
      const expected = { long: rounded, small: 1, schema: { $ref: '#/x', $id: 'y', more: { long: rounded } } };
      const { value, version } = (await store.getVersioned('k'))!;
      expect(value).toEqual(expected);
      expect(await store.compareAndSet('k', version, { n: 1 })).toBe(true);
    });

    const unreadable: [string, Document][] = [
      ['no value', {}],
      ['a value that is a number', { value: 1 }],
      ['a value in neither form', { value: { other: {} } }],
      ['a value that is a list', { value: { object: [1] } }],
      ['NaN', { value: { object: { a: [Number.NaN] } } }],
      ['a date in its value', { value: { object: { a: new Date(0) } } }],
      ['text that is not JSON', { value: 's3cret' }],
      ['JSON that is none', { value: { string: 's3cret', op: 'x' } }],
      ['an end that is no date', { value: { object: {} }, expires_at: 'soon' }],
    ];
    test.each(unreadable)('with %s are refused, and can be deleted and replaced', async (_, document) => {
      await insertRaw(document);
      for (const call of [() => store.get('k'), () => store.getMany(['k', 'x']), () => store.getVersioned('k')]) {
        const error: unknown = await call().catch((fault: unknown) => fault);
        expect(error).toBeInstanceOf(CorruptEntryError);
        expect((error as Error).message).not.toContain('s3cret');
      }
      expect(await store.putIfAbsent('k', { n: 1 })).toBe(false);
      expect(await store.delete('k')).toBe(true);
      await insertRaw(document);
      await store.put('k', { n: 2 });
      expect(await store.get('k')).toEqual({ n: 2 });
      expect(await documents.countDocuments()).toBe(1);
    });

    test('two of one key: the first counts everywhere, and both are deleted', async () => {
      await insertRaw({ value: { object: { n: 1 } } });
      await insertRaw({ value: { object: { n: 2 } } });
      expect(await store.get('k')).toEqual({ n: 1 });
      expect(await store.getMany(['k', 'x'])).toEqual([{ n: 1 }, undefined]);
      expect(await store.delete('k')).toBe(true);
      expect(await documents.countDocuments()).toBe(0);
    });
  });

  describe('indexes', () => {
    const indexes = async (): Promise<Document[]> =>
      (await documents.indexes())
        .map(({ key, name, unique, expireAfterSeconds }) => ({ name: name ?? '', key, unique, expireAfterSeconds }))
        .filter(({ name }) => name !== '_id_')
        .sort((one, other) => one.name.localeCompare(other.name));

    test('on the key, unique, and on the end of entries', async () => {
      await store.put('k', {});
      await store.close();
      expect(await indexes()).toEqual([END, { name: 'key_1', key: { key: 1 }, unique: true }]);
    });

    test("py-key-value's own stay, and what is missing is added", async () => {
      await documents.createIndex({ key: 1 });
      await store.put('k', {});
      await store.close();
      expect(await indexes()).toEqual([END, { name: 'key_1', key: { key: 1 } }]);
    });

    test('where a key is there twice, neither stands in the way', async () => {
      await insertRaw({ value: { object: {} } });
      await insertRaw({ value: { object: {} } });
      await store.put('k', {});
      await store.close();
      expect(await indexes()).toEqual([END, { name: 'key_1', key: { key: 1 } }]);
    });
  });

  test('every verb is one round trip', async () => {
    await store.putMany(['a', 'b', 'c', 'd'], [{}, {}, {}, {}]);
    const { version } = (await store.getVersioned('a'))!;
    await store.close();
    const url = new URL(`${mongo.proxy.url}/${documents.dbName}`);
    store = mongoDbAdapter.open(url);
    await store.put('warm', {}); // connects; the indexes are made in the background
    await new Promise((resolve) => setTimeout(resolve, 300));
    const keys = Array.from({ length: 230 }, (_, n) => `key-${n}`);
    const calls: [string, () => Promise<unknown>, Record<string, number>][] = [
      ['get', () => store.get('a'), { find: 1 }],
      ['ttl', () => store.ttl('a'), { find: 1 }],
      ['getVersioned', () => store.getVersioned('a'), { find: 1 }],
      ['compareAndSet', () => store.compareAndSet('a', version, { n: 1 }), { update: 1 }],
      ['put', () => store.put('new', { n: 1 }, { ttl: 60 }), { update: 1 }],
      ['put over another', () => store.put('new', { n: 1 }), { update: 1 }],
      ['putIfAbsent', () => store.putIfAbsent('newer', { n: 1 }), { findAndModify: 1 }],
      ['putIfAbsent of what is there', () => store.putIfAbsent('newer', { n: 1 }), { findAndModify: 1 }],
      ['take', () => store.take('b'), { findAndModify: 1 }],
      ['take of nothing', () => store.take('b'), { findAndModify: 1 }],
      ['delete', () => store.delete('c'), { delete: 1 }],
      [
        'putMany',
        () =>
          store.putMany(
            keys,
            keys.map(() => ({})),
          ),
        { update: 1 },
      ],
      ['getMany', () => store.getMany(keys), { find: 1 }],
      ['ttlMany', () => store.ttlMany(keys), { find: 1 }],
      ['deleteMany', () => store.deleteMany(keys), { delete: 1 }],
    ];
    for (const [name, call, expected] of calls) {
      mongo.proxy.reset();
      await call();
      expect([name, Object.fromEntries(mongo.proxy.counts)]).toEqual([name, expected]);
    }
  });

  test('an entry that is larger than MongoDB takes is refused before it is sent', async () => {
    await store.get('k'); // connects
    mongo.proxy.reset();
    const text = 'x'.repeat(17 * 1024 * 1024);
    for (const call of [() => store.put('k', { text }), () => store.putIfAbsent('k', { text })]) {
      await expect(call()).rejects.toBeInstanceOf(ItemTooLargeError);
    }
    // As JSON it would do: as BSON every 0 of a list takes its index and four bytes besides.
    const list = Array.from({ length: 1_500_000 }, () => 0);
    await expect(store.putMany(['a', 'k'], [{}, { list }])).rejects.toBeInstanceOf(ItemTooLargeError);
    expect(Object.fromEntries(mongo.proxy.counts)).toEqual({});
    const fits = { text: 'x'.repeat(8 * 1024 * 1024) };
    await store.put('k', fits);
    expect(await store.take('k')).toEqual(fits);
  }, 60_000);

  test.each(['a$b', 'a\0b', '.a', 'a.', 'a..b', 'system.users', 'x'.repeat(250)])(
    'the collection %j is refused, as MongoDB would',
    async (collection) => {
      const error: unknown = await store.put('k', {}, { collection }).catch((fault: unknown) => fault);
      expect(error).toBeInstanceOf(InvalidKeyError);
      expect((error as Error).message).not.toContain(collection);
    },
  );

  test('a store over a client of the caller leaves it open', async () => {
    const shared = new MongoDbStore({
      database: documents.dbName,
      connect: () => overClient(mongo.client, documents.dbName),
    });
    await shared.put('k', { n: 1 });
    await shared.close();
    expect(await documents.countDocuments()).toBe(1);
  });
});

function nested(levels: number): object {
  let value: object = {};
  for (let level = 0; level < levels; level++) value = { down: value };
  return value;
}
