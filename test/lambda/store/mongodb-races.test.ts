import type { Collection } from 'mongodb';

import { mongoDbAdapter } from '../../../lambda/store/adapters/mongodb.ts';
import type { KeyValueStore } from '../../../lambda/store/key-value-store.ts';
import { describeBesidePython, type PythonPeer, runPython } from '../../support/python-peer.ts';
import { runningMongo } from '../../support/running-mongo.ts';
import type { MongoProgram } from '../../support/servers/mongodb.ts';
import { describeWith } from '../../support/servers/programs.ts';

/** Stores with clients of their own, as of so many processes. */
const CLIENTS = 8;

describeWith<MongoProgram>('mongodb', 'many clients of MongoDB at once', (program) => {
  const mongo = runningMongo(program);
  let stores: KeyValueStore[];
  let store: KeyValueStore;
  let databases = 0;
  let database: string;
  let documents: Collection;

  beforeEach(() => {
    database = `races${databases++}`;
    documents = mongo.client.db(database).collection('default_collection');
    stores = Array.from({ length: CLIENTS }, () => mongoDbAdapter.open(new URL(`${mongo.server.url}/${database}`)));
    [store] = stores as [KeyValueStore];
  });
  afterEach(() => Promise.all(stores.map((each) => each.close())));

  const peer = (): PythonPeer => ({
    args: [mongo.server.url],
    setup: `
from key_value.aio.stores.mongodb import MongoDBStore
inner = MongoDBStore(url=args[0], db_name="${database}")`,
  });
  /** What each client got from one call at the same time. */
  const all = <T>(call: (store: KeyValueStore, index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(stores.map(call));

  /** Without any index: as bad as it can be, and as it is in the first moment of a collection. */
  const unindexed = async (): Promise<void> => {
    await mongo.client.db(database).createCollection('default_collection');
    await documents.createIndex({ key: 1 });
    await documents.createIndex({ expires_at: 1 });
  };

  describe.each([
    ['with our indexes', () => Promise.resolve()],
    ['without a unique index', unindexed],
  ])('%s', (_, prepare) => {
    beforeEach(() => prepare());

    test('of putIfAbsent one writes: of nothing, of an expired, and of a taken entry', async () => {
      const clash = async (key: string): Promise<void> => {
        const wrote = await all((each, n) => each.putIfAbsent(key, { n }));
        expect(wrote.filter(Boolean)).toHaveLength(1);
        expect(await store.get(key)).toEqual({ n: wrote.indexOf(true) });
      };
      for (let round = 0; round < 10; round++) {
        await clash(`new-${round}`);
        await store.put(`old-${round}`, { n: -1 }, { ttl: 0.001 });
        await store.put(`taken-${round}`, { n: -1 });
        await store.take(`taken-${round}`);
        await clash(`old-${round}`);
        await clash(`taken-${round}`);
      }
      expect(await documents.countDocuments()).toBe(30);
    });

    test('of take one gets the value, while others put other keys', async () => {
      for (let round = 0; round < 10; round++) {
        const key = `code-${round}`;
        await store.put(key, { round }, { ttl: 60 });
        const [got] = await Promise.all([all((each) => each.take(key)), all((each, n) => each.put(`${n}`, { n }))]);
        expect(got.filter((value) => value !== undefined)).toEqual([{ round }]);
      }
    });

    test('puts of one new key leave one document', async () => {
      for (let round = 0; round < 10; round++) {
        await all((each, n) => each.put(`k${round}`, { n }));
        await all((each, n) => each.putMany([`a${round}`, `b${round}`], [{ n }, { n }]));
      }
      expect(await documents.countDocuments()).toBe(30);
    });

    test('what is put and taken by turns is got once each', async () => {
      const got: unknown[] = [];
      const put = async (): Promise<void> => {
        for (let n = 0; n < 40; n++) while (!(await stores[0]!.putIfAbsent('k', { n }))) await Promise.resolve();
      };
      let done = false;
      const takers = stores.slice(1, 4).map(async (each) => {
        while (!done) {
          const value = await each.take('k');
          if (value) got.push(value.n);
        }
      });
      await put();
      while (await store.get('k')) await Promise.resolve();
      done = true;
      await Promise.all(takers);
      expect(got.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 40 }, (__, n) => n));
    });

    test('no increment is lost', async () => {
      await store.put('counter', { n: 0 });
      await all(async (each) => {
        for (let count = 0; count < 5;) {
          const { value, version } = (await each.getVersioned('counter'))!;
          if (await each.compareAndSet('counter', version, { n: (value.n as number) + 1 })) count++;
        }
      });
      expect(await store.get('counter')).toEqual({ n: CLIENTS * 5 });
    });
  });

  describeBesidePython('beside py-key-value', () => {
    const python = (body: string, data?: unknown): Promise<unknown> => runPython(peer(), body, data);

    test('it made the collection: ours are as atomic on its entries as on our own', async () => {
      await python(`
for n in range(20):
    await store.put(f"theirs-{n}", {"n": n}, ttl=600)`);
      for (let n = 0; n < 20; n++) {
        expect(await store.putIfAbsent(`theirs-${n}`, {})).toBe(false);
        const got = await all((each) => each.take(`theirs-${n}`));
        expect(got.filter((value) => value !== undefined)).toEqual([{ n }]);
        const wrote = await all((each) => each.putIfAbsent(`theirs-${n}`, { again: n }));
        expect(wrote.filter(Boolean)).toHaveLength(1);
      }
      const read = await python('return [await store.get(f"theirs-{n}") for n in range(20)]');
      expect(read).toEqual(Array.from({ length: 20 }, (_, n) => ({ again: n })));
      const { version } = (await store.getVersioned('theirs-0'))!;
      await python('await store.put("theirs-0", {"again": 0})');
      expect(await store.compareAndSet('theirs-0', version, { n: 1 })).toBe(false);
    });

    test('a version of what it wrote: the same value written again is another', async () => {
      await python('await store.put("k", {"n": 1, "big": 2**60 + 1, "half": 0.5})');
      const first = (await store.getVersioned('k'))!.version;
      await python('await store.put("k", {"n": 1, "big": 2**60 + 1, "half": 0.5})');
      expect(await store.compareAndSet('k', first, { n: 2 })).toBe(false);
      const { version } = (await store.getVersioned('k'))!;
      const wrote = await all((each, n) => each.compareAndSet('k', version, { n }));
      expect(wrote.filter(Boolean)).toHaveLength(1);
      expect(await python('return await store.get("k")')).toEqual({ n: wrote.indexOf(true) });
    });

    test('both write the same keys all the time: one document each, and no call fails', async () => {
      await store.put('warm', {});
      const theirs = python(`
for n in range(300):
    await store.put(f"k{n % 20}", {"n": n}, ttl=600)
    if n % 3 == 0: await store.get(f"k{n % 20}")
    if n % 7 == 0: await store.delete(f"k{n % 20}")`);
      let done = false;
      const ours = all(async (each, index) => {
        for (let n = index; !done || n < 100; n += 7) {
          const key = `k${n % 20}`;
          await each.put(key, { n });
          await each.take(key);
          await each.putIfAbsent(key, { n });
        }
      });
      await theirs.finally(() => (done = true));
      await ours;
      const counts = await documents
        .aggregate<{ n: number }>([
          { $match: { key: { $type: 'string' } } },
          { $group: { _id: '$key', n: { $sum: 1 } } },
          { $match: { n: { $gt: 1 } } },
        ])
        .toArray();
      expect(counts).toEqual([]);
    }, 60_000);

    test('its types are what it would have stored itself', async () => {
      const value = { int: 1, long: 2 ** 40, negative: -(2 ** 31) - 1, float: 0.5, none: null, list: [true, 'é'] };
      await store.put('ours', value, { ttl: 600 });
      const [ours, theirs] = (await python(
        `
from pymongo import MongoClient
raw = MongoClient(args[0])["${database}"]["default_collection"]
await store.put("theirs", data, ttl=600)
def shape(value):
    if isinstance(value, dict): return {name: shape(member) for name, member in value.items() if name != "op"}
    if isinstance(value, list): return [shape(member) for member in value]
    return type(value).__name__
return [shape({k: v for k, v in raw.find_one({"key": key}).items() if k != "_id"}) for key in ("ours", "theirs")]`,
        value,
      )) as Record<string, unknown>[];
      expect(ours).toEqual(theirs);
      expect(ours!.value).toEqual({
        object: {
          int: 'int',
          long: 'Int64',
          negative: 'Int64',
          float: 'float',
          none: 'NoneType',
          list: ['bool', 'str'],
        },
      });
    });

    test('it misses what only we can store, and can put over it', async () => {
      await store.put('k', { 'a\0b': 1 });
      expect(await python('return await store.get("k")')).toBeNull();
      expect(await python('return await store.get_many(["k"])')).toEqual([null]);
      await python('await store.put("k", {"n": 1})');
      expect(await store.get('k')).toEqual({ n: 1 });
    });

    test('a consumed entry is gone for it, and what it puts then lives', async () => {
      await store.put('k', { n: 1 }, { ttl: 600 });
      await store.take('k');
      expect(await python('return [await store.get("k"), await store.delete("k")]')).toEqual([null, false]);
      await python('await store.put("k", {"n": 2})');
      expect(await python('return await store.get("k")')).toEqual({ n: 2 });
      expect(await store.ttl('k')).toEqual({ value: { n: 2 }, ttl: undefined });
      expect(await store.take('k')).toEqual({ n: 2 });
      await store.put('k', { n: 3 });
      expect(await python('return await store.get("k")')).toEqual({ n: 3 });
    });
  });
});
