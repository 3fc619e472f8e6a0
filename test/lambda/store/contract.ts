import * as fc from 'fast-check';

import {
  InvalidKeyError,
  InvalidTtlError,
  InvalidValueError,
  LengthMismatchError,
  StoreClosedError,
} from '../../../lambda/store/errors.ts';
import type { JsonObject, KeyValueStore } from '../../../lambda/store/key-value-store.ts';

/** How the suite opens a store: empty, and on a clock that the suite sets forward. */
export interface FreshStoreOptions {
  /** The present, in milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * What every store promises, run against each of them over its real backend. Time passes by the injected clock: nothing
 * waits, and no row is deleted by its backend, so that every answer about expired entries is the store's own.
 */
export function storeContract(
  name: string,
  openFresh: (options: FreshStoreOptions) => KeyValueStore | Promise<KeyValueStore>,
): void {
  describe(`store contract: ${name}`, () => {
    let store: KeyValueStore;
    let clock: number;
    const later = (seconds: number): void => {
      clock += seconds * 1000;
    };

    beforeEach(async () => {
      clock = Date.now();
      store = await openFresh({ now: () => clock });
    });
    afterEach(() => store.close());

    describe('get and put', () => {
      test('a missing entry is undefined', async () => {
        expect(await store.get('nothing')).toBeUndefined();
        expect(await store.ttl('nothing')).toBeUndefined();
        expect(await store.getVersioned('nothing')).toBeUndefined();
      });

      test('what was put comes back, and a second put replaces it', async () => {
        await store.put('k', { a: 1, nested: { list: [1, 'two', null, true] } });
        expect(await store.get('k')).toEqual({ a: 1, nested: { list: [1, 'two', null, true] } });
        await store.put('k', { b: 2 });
        expect(await store.get('k')).toEqual({ b: 2 });
      });

      test('any JSON object and any key survive', async () => {
        await fc.assert(
          fc.asyncProperty(anyKey, anyValue, async (key, value) => {
            await store.put(key, value, { collection: 'any' });
            expect(await store.get(key, { collection: 'any' })).toEqual(value);
          }),
          { numRuns: 60 },
        );
      });

      test('a member named __proto__ is data', async () => {
        const value = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as JsonObject;
        await store.put('__proto__', value, { collection: '__proto__' });
        expect(JSON.stringify(await store.get('__proto__', { collection: '__proto__' }))).toBe(JSON.stringify(value));
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      });

      test('collections do not mix, however names and keys are cut', async () => {
        await store.put('b:c', { at: 1 }, { collection: 'a' });
        await store.put('c', { at: 2 }, { collection: 'a:b' });
        await store.put('c', { at: 3 }, { collection: 'a__b' });
        await store.put('c', { at: 4 });
        expect(await store.get('b:c', { collection: 'a' })).toEqual({ at: 1 });
        expect(await store.get('c', { collection: 'a:b' })).toEqual({ at: 2 });
        expect(await store.get('c', { collection: 'a__b' })).toEqual({ at: 3 });
        expect(await store.get('c', { collection: 'default_collection' })).toEqual({ at: 4 });
        expect(await store.get('c', { collection: 'a' })).toBeUndefined();
      });

      test('callers cannot change what is stored', async () => {
        const list = [1];
        await store.put('k', { list });
        list.push(2);
        const got = (await store.get('k')) as { list: number[] };
        expect(got).toEqual({ list: [1] });
        got.list.push(3);
        expect(await store.get('k')).toEqual({ list: [1] });
        const [one, other] = await store.getMany(['k', 'k']);
        (one as { list: number[] }).list.push(4);
        expect(other).toEqual({ list: [1] });
      });
    });

    describe('time to live', () => {
      test('counts down, and a read at or after its end is a miss', async () => {
        await store.put('k', { a: 1 }, { ttl: 60 });
        later(10);
        const { ttl } = (await store.ttl('k'))!;
        expect(ttl).toBeGreaterThan(48); // a backend may round the end down to the whole second
        expect(ttl).toBeLessThanOrEqual(50);
        later(50);
        expect(await store.get('k')).toBeUndefined();
        expect(await store.ttl('k')).toBeUndefined();
        expect(await store.getMany(['k'])).toEqual([undefined]);
        expect(await store.ttlMany(['k'])).toEqual([undefined]);
        expect(await store.getVersioned('k')).toBeUndefined();
      });

      test('an entry without one never expires, and says so', async () => {
        await store.put('k', { a: 1 });
        later(50 * 365 * 86_400);
        expect(await store.ttl('k')).toEqual({ value: { a: 1 }, ttl: undefined });
      });

      test('a put without one removes the one before', async () => {
        await store.put('k', { a: 1 }, { ttl: 5 });
        await store.put('k', { a: 2 });
        later(100);
        expect(await store.get('k')).toEqual({ a: 2 });
      });

      test('fractions are allowed', async () => {
        await store.put('k', { a: 1 }, { ttl: 2.5 });
        expect(await store.get('k')).toEqual({ a: 1 });
        later(2.5);
        expect(await store.get('k')).toBeUndefined();
      });

      test.each([0, -1, Number.NaN, Infinity, -Infinity, 1e12, true, '60', null])('%p is refused', async (ttl) => {
        const options = { ttl: ttl as number };
        await expect(store.put('k', { a: 1 }, options)).rejects.toBeInstanceOf(InvalidTtlError);
        await expect(store.putMany(['k'], [{ a: 1 }], options)).rejects.toBeInstanceOf(InvalidTtlError);
        await expect(store.putIfAbsent('k', { a: 1 }, options)).rejects.toBeInstanceOf(InvalidTtlError);
        expect(await store.get('k')).toBeUndefined();
      });
    });

    describe('delete', () => {
      test('tells whether there was an entry', async () => {
        await store.put('k', { a: 1 });
        expect(await store.delete('k')).toBe(true);
        expect(await store.delete('k')).toBe(false);
        expect(await store.get('k')).toBeUndefined();
      });

      test('an expired entry did not exist', async () => {
        await store.put('k', { a: 1 }, { ttl: 5 });
        later(5);
        expect(await store.delete('k')).toBe(false);
      });
    });

    describe('many', () => {
      test('order is kept, gaps are undefined, a key may come twice', async () => {
        await store.putMany(['a', 'b'], [{ n: 1 }, { n: 2 }], { ttl: 60 });
        const keys = ['b', 'x', 'a', 'b'];
        expect(await store.getMany(keys)).toEqual([{ n: 2 }, undefined, { n: 1 }, { n: 2 }]);
        const ttls = await store.ttlMany(keys);
        expect(ttls.map((entry) => entry?.value)).toEqual([{ n: 2 }, undefined, { n: 1 }, { n: 2 }]);
        expect(ttls[0]?.ttl).toBeGreaterThan(58);
      });

      test('more than one batch of any backend', async () => {
        const keys = Array.from({ length: 230 }, (_, index) => `key-${index}`);
        await store.putMany(
          keys,
          keys.map((key) => ({ key })),
          { collection: 'bulk' },
        );
        const reversed = [...keys].reverse();
        expect(await store.getMany(reversed, { collection: 'bulk' })).toEqual(reversed.map((key) => ({ key })));
        expect(await store.deleteMany([...keys, 'missing'], { collection: 'bulk' })).toBe(230);
        expect(await store.getMany(keys.slice(0, 3), { collection: 'bulk' })).toEqual([
          undefined,
          undefined,
          undefined,
        ]);
      });

      test('of a key that is put twice the last value stays, and it is deleted once', async () => {
        await store.putMany(['a', 'b', 'a'], [{ n: 1 }, { n: 2 }, { n: 3 }]);
        expect(await store.getMany(['a', 'b'])).toEqual([{ n: 3 }, { n: 2 }]);
        expect(await store.deleteMany(['a', 'a', 'b', 'nothing'])).toBe(2);
      });

      test('empty lists do nothing', async () => {
        expect(await store.getMany([])).toEqual([]);
        expect(await store.ttlMany([])).toEqual([]);
        expect(await store.deleteMany([])).toBe(0);
        await store.putMany([], []);
      });

      test('lists of different lengths are refused', async () => {
        await expect(store.putMany(['a', 'b'], [{ n: 1 }])).rejects.toBeInstanceOf(LengthMismatchError);
        await expect(store.putMany(['a'], [{ n: 1 }, { n: 2 }])).rejects.toBeInstanceOf(LengthMismatchError);
        expect(await store.get('a')).toBeUndefined();
      });

      test('one bad key or value, and nothing is written', async () => {
        await expect(store.putMany(['a', ''], [{ n: 1 }, { n: 2 }])).rejects.toBeInstanceOf(InvalidKeyError);
        await expect(store.putMany(['a', 'b'], [{ n: 1 }, { n: Number.NaN }])).rejects.toBeInstanceOf(
          InvalidValueError,
        );
        expect(await store.get('a')).toBeUndefined();
      });
    });

    describe('putIfAbsent', () => {
      test('writes once', async () => {
        expect(await store.putIfAbsent('k', { n: 1 })).toBe(true);
        expect(await store.putIfAbsent('k', { n: 2 })).toBe(false);
        expect(await store.get('k')).toEqual({ n: 1 });
      });

      test('an expired, a deleted and a taken entry are absent', async () => {
        await store.put('k', { n: 1 }, { ttl: 5 });
        later(5);
        expect(await store.putIfAbsent('k', { n: 2 }, { ttl: 60 })).toBe(true);
        expect(await store.get('k')).toEqual({ n: 2 });
        await store.delete('k');
        expect(await store.putIfAbsent('k', { n: 3 })).toBe(true);
        await store.take('k');
        expect(await store.putIfAbsent('k', { n: 4 })).toBe(true);
        expect(await store.get('k')).toEqual({ n: 4 });
      });

      test('of many at once exactly one writes', async () => {
        const wrote = await Promise.all(
          Array.from({ length: 50 }, async (_, n) => ((await store.putIfAbsent('k', { n })) ? n : undefined)),
        );
        const winners = wrote.filter((n) => n !== undefined);
        expect(winners).toHaveLength(1);
        expect(await store.get('k')).toEqual({ n: winners[0] });
      });
    });

    describe('take', () => {
      test('hands out an entry once, and every reader then misses it', async () => {
        await store.put('k', { code: 1 }, { ttl: 60 });
        expect(await store.take('k')).toEqual({ code: 1 });
        expect(await store.take('k')).toBeUndefined();
        expect(await store.get('k')).toBeUndefined();
        expect(await store.ttl('k')).toBeUndefined();
        expect(await store.getMany(['k'])).toEqual([undefined]);
        expect(await store.getVersioned('k')).toBeUndefined();
        expect(await store.delete('k')).toBe(false);
      });

      test('neither a missing nor an expired entry can be taken', async () => {
        expect(await store.take('nothing')).toBeUndefined();
        expect(await store.get('nothing')).toBeUndefined();
        await store.put('k', { code: 1 }, { ttl: 5 });
        later(5);
        expect(await store.take('k')).toBeUndefined();
      });

      test('what is put again can be taken again', async () => {
        await store.put('k', { code: 1 });
        await store.take('k');
        await store.put('k', { code: 2 });
        expect(await store.get('k')).toEqual({ code: 2 });
        expect(await store.take('k')).toEqual({ code: 2 });
      });

      test('of 200 at once exactly one gets the value', async () => {
        await store.put('k', { code: 1 }, { ttl: 600 });
        const got = await Promise.all(Array.from({ length: 200 }, () => store.take('k')));
        expect(got.filter((value) => value !== undefined)).toEqual([{ code: 1 }]);
      });
    });

    describe('compareAndSet', () => {
      test('writes over the version that was read, and over no other', async () => {
        await store.put('k', { n: 1 });
        const { value, version } = (await store.getVersioned('k'))!;
        expect(value).toEqual({ n: 1 });
        expect(await store.compareAndSet('k', version, { n: 2 })).toBe(true);
        expect(await store.compareAndSet('k', version, { n: 3 })).toBe(false);
        expect(await store.get('k')).toEqual({ n: 2 });
      });

      test('the version differs after every write, also of the same value at the same time', async () => {
        const versions = new Set<string>();
        for (let write = 0; write < 5; write++) {
          await store.put('k', { n: 1 });
          versions.add((await store.getVersioned('k'))!.version);
        }
        const last = (await store.getVersioned('k'))!.version;
        expect(await store.compareAndSet('k', last, { n: 1 })).toBe(true);
        versions.add((await store.getVersioned('k'))!.version);
        expect(versions.size).toBe(6);
      });

      test('an entry that expired, was deleted, taken or put again is not the one that was read', async () => {
        const read = async (ttl?: number): Promise<string> => {
          await store.put('k', { n: 1 }, { ttl });
          return (await store.getVersioned('k'))!.version;
        };
        const expired = await read(5);
        later(5);
        expect(await store.compareAndSet('k', expired, { n: 2 })).toBe(false);
        const deleted = await read();
        await store.delete('k');
        expect(await store.compareAndSet('k', deleted, { n: 2 })).toBe(false);
        const taken = await read();
        await store.take('k');
        expect(await store.compareAndSet('k', taken, { n: 2 })).toBe(false);
        expect(await store.get('k')).toBeUndefined();
        const replaced = await read();
        await store.put('k', { n: 1 });
        expect(await store.compareAndSet('k', replaced, { n: 2 })).toBe(false);
        expect(await store.compareAndSet('never', replaced, { n: 2 })).toBe(false);
        expect(await store.compareAndSet('k', 'made up', { n: 2 })).toBe(false);
        expect(await store.get('k')).toEqual({ n: 1 });
      });

      test('sets the lifetime that it is given', async () => {
        await store.put('k', { n: 1 }, { ttl: 5 });
        const first = (await store.getVersioned('k'))!.version;
        expect(await store.compareAndSet('k', first, { n: 2 }, { ttl: 60 })).toBe(true);
        later(30);
        expect(await store.get('k')).toEqual({ n: 2 });
        const second = (await store.getVersioned('k'))!.version;
        expect(await store.compareAndSet('k', second, { n: 3 })).toBe(true);
        expect(await store.ttl('k')).toEqual({ value: { n: 3 }, ttl: undefined });
      });

      test('no increment of many concurrent ones is lost', async () => {
        await store.put('counter', { n: 0 });
        const increment = async (): Promise<void> => {
          for (;;) {
            const { value, version } = (await store.getVersioned('counter'))!;
            if (await store.compareAndSet('counter', version, { n: (value.n as number) + 1 })) return;
          }
        };
        await Promise.all(Array.from({ length: 12 }, increment));
        expect(await store.get('counter')).toEqual({ n: 12 });
      });
    });

    describe('bad input', () => {
      const calls: [string, (key: string, collection?: string) => Promise<unknown>][] = [
        ['get', (key, collection) => store.get(key, { collection })],
        ['ttl', (key, collection) => store.ttl(key, { collection })],
        ['put', (key, collection) => store.put(key, { a: 1 }, { collection })],
        ['delete', (key, collection) => store.delete(key, { collection })],
        ['getMany', (key, collection) => store.getMany(['ok', key], { collection })],
        ['ttlMany', (key, collection) => store.ttlMany(['ok', key], { collection })],
        ['putMany', (key, collection) => store.putMany(['ok', key], [{}, {}], { collection })],
        ['deleteMany', (key, collection) => store.deleteMany(['ok', key], { collection })],
        ['putIfAbsent', (key, collection) => store.putIfAbsent(key, { a: 1 }, { collection })],
        ['take', (key, collection) => store.take(key, { collection })],
        ['getVersioned', (key, collection) => store.getVersioned(key, { collection })],
        ['compareAndSet', (key, collection) => store.compareAndSet(key, 'v', { a: 1 }, { collection })],
      ];

      test.each(calls)(
        '%s refuses keys and collections that no backend holds, without repeating them',
        async (_, call) => {
          const bad = ['', 'x'.repeat(1025), 'é'.repeat(513), 'half \ud83d pair'];
          for (const key of bad) {
            const error: unknown = await call(key).catch((fault: unknown) => fault);
            expect(error).toBeInstanceOf(InvalidKeyError);
            if (key !== '') expect((error as Error).message).not.toContain(key);
          }
          for (const collection of ['', 'x'.repeat(2049), '\udc00']) {
            await expect(call('k', collection)).rejects.toBeInstanceOf(InvalidKeyError);
          }
        },
      );

      const notJson: unknown[] = [
        { a: Number.NaN },
        { a: Infinity },
        { a: () => 1 },
        { a: 1n },
        { a: Symbol('s') },
        { a: new Date(0) },
        { a: new Map([['k', 1]]) },
        { a: [undefined] },
        [1],
        'text',
        null,
        42,
      ];
      test.each(notJson.map((value) => [value]))('a value that JSON would lose is refused (%#)', async (value) => {
        await expect(store.put('k', value as JsonObject)).rejects.toBeInstanceOf(InvalidValueError);
        expect(await store.get('k')).toBeUndefined();
      });

      test('a value that contains itself is refused', async () => {
        const circular: Record<string, unknown> = {};
        circular.self = circular;
        await expect(store.put('k', circular as unknown as JsonObject)).rejects.toBeInstanceOf(InvalidValueError);
      });
    });

    test('after close every verb rejects', async () => {
      await store.put('k', { a: 1 });
      await store.close();
      await expect(store.get('k')).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.put('k', { a: 1 })).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.take('k')).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.getMany(['k'])).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.compareAndSet('k', 'v', { a: 1 })).rejects.toBeInstanceOf(StoreClosedError);
    });
  });
}

/** Keys as long as DynamoDB takes. Disk refuses one kind of them, which begin to differ only after 250 letters. */
const anyKey = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }),
    fc.webUrl(),
    fc.constantFrom('..', '/', '-', 'a/../b'),
  )
  .filter((key) => key !== '' && Buffer.byteLength(key) <= 1024);

/** JSON as JavaScript holds it: finite numbers, -0 included. */
const anyValue = fc.dictionary(fc.string({ unit: 'binary', maxLength: 12 }), fc.jsonValue({ maxDepth: 3 }), {
  maxKeys: 6,
  noNullPrototype: true,
}) as fc.Arbitrary<JsonObject>;
