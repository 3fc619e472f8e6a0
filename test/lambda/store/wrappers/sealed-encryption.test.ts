import { randomBytes } from 'node:crypto';

import * as fc from 'fast-check';

import { DecryptionError } from '../../../../lambda/store/errors.ts';
import type { JsonObject, KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { MemoryStore } from '../../../../lambda/store/memory/memory-store.ts';
import { fromDenseText, toDenseText } from '../../../../lambda/store/wrappers/dense-text.ts';
import { FernetEncryption } from '../../../../lambda/store/wrappers/fernet-encryption.ts';
import { sealingKey, unseal } from '../../../../lambda/store/wrappers/sealed-box.ts';
import { SealedEncryption, type SealedEncryptionProps } from '../../../../lambda/store/wrappers/sealed-encryption.ts';
import { mutations } from './mutations.ts';

const keyA = new Uint8Array(32).fill(1);
const keyB = new Uint8Array(32).fill(2);
const over = (inner: KeyValueStore, props: Partial<SealedEncryptionProps> = {}): SealedEncryption =>
  new SealedEncryption(inner, { keys: [keyA], context: 'oauth/weather', ...props });
const textOf = async (inner: KeyValueStore, key = 'k', collection?: string): Promise<string> =>
  (await inner.get(key, { collection }))!.sealed as string;

describe('what is stored', () => {
  test('one member: form, key id, nonce, ciphertext, tag as dense text; 34 bytes more than the JSON', async () => {
    const inner = new MemoryStore();
    await over(inner).put('k', { city: 'Oslo', temperature: -3.5, note: 'é€😀' });
    expect(Object.keys((await inner.get('k'))!)).toEqual(['sealed']);
    const text = await textOf(inner);
    const json = '{"city":"Oslo","temperature":-3.5,"note":"é€😀"}';
    const sealed = fromDenseText(text)!;
    expect(sealed).toHaveLength(Buffer.byteLength(json) + 34);
    const key = sealingKey(keyA, 'oauth/weather');
    expect(sealed[0]).toBe(1);
    expect(sealed.subarray(1, 6)).toEqual(key.id);
    const place = { collection: 'default_collection', key: 'k' };
    expect(unseal(key, 'oauth/weather', place, sealed)?.toString()).toBe(json);
  });

  test('a golden row is read: the format stays', async () => {
    const inner = new MemoryStore();
    await inner.put('k', { sealed: GOLDEN }, { collection: 'codes' });
    expect(await over(inner).get('k', { collection: 'codes' })).toEqual({ code: 'é', n: [1, 2] });
  });

  test('rows of one key begin with the same six characters, those of another key do not', async () => {
    const inner = new MemoryStore();
    await over(inner).putMany(['a', 'b'], [{ n: 1 }, { n: 2 }], { collection: 'x' });
    await over(inner, { keys: [keyB] }).put('c', { n: 1 }, { collection: 'x' });
    const [a = '', b, c] = await Promise.all(
      ['a', 'b', 'c'].map(async (key) => (await textOf(inner, key, 'x')).slice(0, 6)),
    );
    expect(b).toBe(a);
    expect(c).not.toBe(a);
  });

  test('the same value is never stored in the same bytes', async () => {
    const inner = new MemoryStore();
    const texts = new Set<string>();
    for (let write = 0; write < 1000; write++) {
      await over(inner).put('k', {});
      texts.add(await textOf(inner));
    }
    expect(texts.size).toBe(1000);
  });

  test('deflated when that is asked for and makes it smaller', async () => {
    const inner = new MemoryStore();
    const store = over(inner, { compressFrom: 100 });
    const text = { text: 'abc '.repeat(300) };
    const noise = { noise: randomBytes(900).toString('base64') + randomBytes(300).toString('latin1') };
    await store.putMany(['text', 'small', 'noise'], [text, { n: 1 }, noise]);
    expect((await textOf(inner, 'text')).length).toBeLessThan(100);
    expect(fromDenseText(await textOf(inner, 'small'))).toHaveLength(34 + 7);
    expect(await store.getMany(['text', 'small', 'noise'])).toEqual([text, { n: 1 }, noise]);
    expect(await over(inner).get('text')).toEqual(text); // whoever has the key reads both forms
  });

  test('values of any kind come back', async () => {
    const inner = new MemoryStore();
    const plain = over(inner);
    const deflating = over(inner, { compressFrom: 0 });
    const value = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(value, async (any) => {
        await plain.put('a', any as JsonObject);
        await deflating.put('b', any as JsonObject);
        expect(await deflating.get('a')).toEqual(any);
        expect(await plain.get('b')).toEqual(any);
      }),
      { numRuns: 300 },
    );
  });
});

describe('keys', () => {
  test('rotation: the first seals, all open, and a key that is gone is named as the reason', async () => {
    const inner = new MemoryStore();
    await over(inner, { keys: [keyA] }).put('old', { n: 1 });
    const overlap = over(inner, { keys: [keyB, keyA] });
    expect(await overlap.get('old')).toEqual({ n: 1 });
    await overlap.put('new', { n: 2 });
    const { version } = (await overlap.getVersioned('old'))!;
    expect(await overlap.compareAndSet('old', version, { n: 3 })).toBe(true);
    const after = over(inner, { keys: [keyB] });
    expect(await after.getMany(['old', 'new'])).toEqual([{ n: 3 }, { n: 2 }]);
    await expect(over(inner, { keys: [keyA] }).get('new')).rejects.toThrow('a key that is not in the ring');
  });

  test('of a provider may change while rows are read', async () => {
    const inner = new MemoryStore();
    let ring = [keyA];
    const store = over(inner, { keys: () => Promise.resolve(ring) });
    await store.put('k', { n: 1 });
    ring = [keyB, keyA];
    expect(await store.get('k')).toEqual({ n: 1 });
    ring = [keyB];
    await expect(store.get('k')).rejects.toBeInstanceOf(DecryptionError);
  });

  test('a key id that two keys share is no obstacle', async () => {
    const inner = new MemoryStore();
    await over(inner).put('k', { n: 1 });
    const { id } = sealingKey(keyA, 'oauth/weather');
    const twin = sealingKey(keyB, 'oauth/weather');
    const sealed = fromDenseText(await textOf(inner))!;
    id.copy(twin.id);
    // What opens a row is its tag, whatever its id says.
    expect(unseal(twin, 'oauth/weather', { collection: 'default_collection', key: 'k' }, sealed)).toBeUndefined();
    expect(await over(inner, { keys: [keyB, keyA] }).get('k')).toEqual({ n: 1 });
  });

  test('more collections than it keeps keys for', async () => {
    const inner = new MemoryStore();
    const store = over(inner);
    for (let n = 0; n < 1100; n++) await store.put('k', { n }, { collection: `c${n}` });
    for (let n = 0; n < 1100; n += 100) expect(await store.get('k', { collection: `c${n}` })).toEqual({ n });
  });

  test('bad properties are refused', () => {
    expect(() => over(new MemoryStore(), { keys: [] })).toThrow(RangeError);
    expect(() => over(new MemoryStore(), { keys: [new Uint8Array(16)] })).toThrow(RangeError);
    expect(() => over(new MemoryStore(), { context: '' })).toThrow(RangeError);
  });
});

describe('what it refuses', () => {
  test('100,000 changes of ciphertexts: none is accepted', async () => {
    const inner = new MemoryStore();
    const values: JsonObject[] = [
      {},
      { code: 'x'.repeat(40), user: 'ann' },
      { list: Array.from({ length: 60 }, (_, n) => n) },
    ];
    let tried = 0;
    const accepted: string[] = [];
    for (const compressFrom of [Infinity, 0]) {
      const store = over(inner, { compressFrom, raiseOnDecryptionError: false });
      for (const value of values) {
        await store.put('k', value);
        const original = await textOf(inner);
        for (const text of [...mutations(original, 17_000), ...flippedBits(original)]) {
          await inner.put('k', { sealed: text }); // below the wrapper, as whoever can write to the store
          if ((await store.get('k')) !== undefined) accepted.push(text);
          tried++;
        }
      }
    }
    expect(tried).toBeGreaterThanOrEqual(100_000);
    expect(accepted).toEqual([]);
  }, 120_000);

  test('rows put in the place of others: none of all pairs is accepted', async () => {
    const inner = new MemoryStore();
    const places = ['a', 'b', 'a:b', ''].flatMap((collection) =>
      ['k', 'bk', 'b:k', ':k', 'K'].map((key) => ({ collection: `c${collection}`, key })),
    );
    const contexts = ['t', 't2', 't/c'];
    const rows: { sealed: string; store: number; place: number }[] = [];
    for (const [store, context] of contexts.entries()) {
      for (const [place, { collection, key }] of places.entries()) {
        await over(inner, { context }).put(key, { store, place }, { collection });
        rows.push({ sealed: await textOf(inner, key, collection), store, place });
      }
    }
    let swaps = 0;
    for (const row of rows) {
      for (const [store, context] of contexts.entries()) {
        for (const [place, { collection, key }] of places.entries()) {
          await inner.put(key, { sealed: row.sealed }, { collection });
          const read = over(inner, { context }).get(key, { collection });
          if (row.store === store && row.place === place) {
            expect(await read).toEqual({ store, place });
          } else {
            swaps++;
            await expect(read).rejects.toBeInstanceOf(DecryptionError);
          }
        }
      }
    }
    expect(swaps).toBe(60 * 59);
  });

  const planted: [string, JsonObject][] = [
    ['plaintext', { admin: true }],
    ['an empty object', {}],
    ['sealed that is an object', { sealed: { admin: true } }],
    ['sealed that is null', { sealed: null }],
    ['sealed that is empty', { sealed: '' }],
    ['the envelope of Fernet', { __encrypted_data__: 'QUJD', __encryption_version__: 1 }],
    ['a box that is too short', { sealed: toDenseText(Buffer.alloc(33, 1)) }],
    ['a box of nothing but zeros', { sealed: toDenseText(Buffer.alloc(34)) }],
  ];
  test.each(planted)('%s, through every verb that reads', async (_, value) => {
    const inner = new MemoryStore();
    await inner.put('k', value);
    const store = over(inner);
    for (const read of [
      () => store.get('k'),
      () => store.ttl('k'),
      () => store.getMany(['k']),
      () => store.ttlMany(['k']),
      () => store.getVersioned('k'),
      () => store.take('k'),
    ]) {
      await expect(read()).rejects.toBeInstanceOf(DecryptionError);
    }
  });

  test('a real box with anything beside it', async () => {
    const inner = new MemoryStore();
    await over(inner).put('k', { n: 1 });
    await inner.put('k', { sealed: await textOf(inner), admin: true });
    await expect(over(inner).get('k')).rejects.toBeInstanceOf(DecryptionError);
  });

  test('a row of the Fernet form under the same key, and the other way round', async () => {
    const inner = new MemoryStore();
    await new FernetEncryption(inner, { keys: [keyA] }).put('k', { n: 1 });
    await expect(over(inner).get('k')).rejects.toBeInstanceOf(DecryptionError);
    await over(inner).put('k', { n: 1 });
    await expect(new FernetEncryption(inner, { keys: [keyA] }).get('k')).rejects.toBeInstanceOf(DecryptionError);
  });

  test('plaintext is read when that is asked for; what looks sealed must be', async () => {
    const inner = new MemoryStore();
    const store = over(inner, { allowPlaintext: true });
    await inner.put('k', { n: 1 });
    expect(await store.get('k')).toEqual({ n: 1 });
    await inner.put('k', { sealed: 'AAAA', n: 1 });
    await expect(store.get('k')).rejects.toBeInstanceOf(DecryptionError);
  });

  test('is a miss where that is asked for', async () => {
    const inner = new MemoryStore();
    const store = over(inner, { raiseOnDecryptionError: false });
    await inner.put('k', { n: 1 });
    expect(await store.get('k')).toBeUndefined();
    expect(await store.ttlMany(['k'])).toEqual([undefined]);
  });
});

/** The box with each of its bits turned over, one at a time. */
function flippedBits(text: string): string[] {
  const sealed = fromDenseText(text)!;
  return Array.from({ length: sealed.length * 8 }, (_, bit) => {
    const flipped = Buffer.from(sealed);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    return toDenseText(flipped);
  });
}

/** Of { code: 'é', n: [1, 2] } at codes/k with the keys and the context above. */
const GOLDEN = 'GJ.icJ.lCD6vI4s/$xGuT^pk^DBiNkgHpTu{yqf1YONB.!|Ds.ovA*3o(EY=(JSjwjCsQ^#';
