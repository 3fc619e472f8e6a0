import * as fc from 'fast-check';

import {
  CorruptEntryError,
  DecryptionError,
  StoreAccessError,
  StoreUnavailableError,
} from '../../../../lambda/store/errors.ts';
import type { JsonObject } from '../../../../lambda/store/key-value-store.ts';
import { MemoryStore } from '../../../../lambda/store/memory/memory-store.ts';
import { FernetEncryption } from '../../../../lambda/store/wrappers/fernet-encryption.ts';
import { fernetDecrypt, fernetEncrypt, fernetKey } from '../../../../lambda/store/wrappers/fernet-token.ts';
import { mutations } from './mutations.ts';

/** Made by Python's cryptography from this key, at this time and with this IV. */
const GOLDEN = {
  key: Buffer.from('Wi2DZEamwodwanoaaS4lYFTX2z1DgoHzTqZCQ6YePm4', 'base64url'),
  time: 1_790_000_000_000,
  iv: Uint8Array.from({ length: 16 }, (_, index) => index),
  json: '{"b":1,"a":"\\u00e9"}',
  value: { b: 1, a: 'é' },
  data:
    'Z0FBQUFBQnFzVHVBQUFFQ0F3UUZCZ2NJQ1FvTERBME9EOUZHY2RvQTV1Ti1NSW5Cb3ZETXpQNUg3V3U3cE52dnJIWWl3S1BwbmZpNF8zOXZmMEF6NzB2' +
    'QURSWEE5enU3cWh5b09OQVF0RjRycHJ6MGlVS29KWkU9',
};
const otherKey = new Uint8Array(32).fill(7);

const stored = (inner: MemoryStore, key = 'k'): Promise<JsonObject | undefined> => inner.get(key);
const over = (inner: MemoryStore, keys: readonly Uint8Array[] = [GOLDEN.key], more = {}): FernetEncryption =>
  new FernetEncryption(inner, { keys, ...more });

describe('the token', () => {
  test('has the bytes that Python makes', () => {
    const token = fernetEncrypt(fernetKey(GOLDEN.key), Buffer.from(GOLDEN.json), GOLDEN.time, GOLDEN.iv);
    expect(Buffer.from(token).toString('base64')).toBe(GOLDEN.data);
  });

  test('the vectors of the Fernet specification', () => {
    const key = fernetKey(Buffer.from('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=', 'base64url'));
    const time = Date.parse('1985-10-26T01:20:00-07:00');
    const token =
      'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';
    expect(fernetEncrypt(key, Buffer.from('hello'), time, GOLDEN.iv)).toBe(token);
    expect(fernetDecrypt([key], token)?.toString()).toBe('hello');
    // Those that it says are invalid: a wrong MAC, a short token, wrong base64, a payload of no whole blocks, bad padding.
    const invalid = [
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==',
      '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
      '',
    ];
    for (const text of invalid) expect(fernetDecrypt([key], text)).toBeUndefined();
  });
});

describe('the envelope', () => {
  test('what Python stored is read', async () => {
    const inner = new MemoryStore();
    await inner.put('k', { __encrypted_data__: GOLDEN.data, __encryption_version__: 1 });
    expect(await over(inner).get('k')).toEqual(GOLDEN.value);
  });

  test('has two members, and holds the compact JSON in the order of the value', async () => {
    const inner = new MemoryStore();
    await over(inner).put('k', { b: [1, 2.5, -0], a: 'é😀\u007f"\\', c: {} });
    const envelope = (await stored(inner))!;
    expect(Object.keys(envelope).sort()).toEqual(['__encrypted_data__', '__encryption_version__']);
    expect(envelope.__encryption_version__).toBe(1);
    const token = Buffer.from(envelope.__encrypted_data__ as string, 'base64').toString('latin1');
    expect(fernetDecrypt([fernetKey(GOLDEN.key)], token)?.toString()).toBe(
      '{"b":[1,2.5,-0.0],"a":"\\u00e9\\ud83d\\ude00\\u007f\\"\\\\","c":{}}',
    );
  });

  test('the same value is never stored in the same bytes', async () => {
    const inner = new MemoryStore();
    const store = over(inner);
    await store.putMany(['a', 'b'], [{ n: 1 }, { n: 1 }]);
    const [a, b] = await inner.getMany(['a', 'b']);
    expect(a).not.toEqual(b);
  });
});

describe('keys', () => {
  test('the first encrypts, all decrypt', async () => {
    const inner = new MemoryStore();
    await over(inner, [GOLDEN.key]).put('old', { n: 1 });
    const rotated = over(inner, [otherKey, GOLDEN.key]);
    expect(await rotated.get('old')).toEqual({ n: 1 });
    await rotated.put('new', { n: 2 });
    expect(await over(inner, [otherKey]).get('new')).toEqual({ n: 2 });
    await expect(over(inner, [GOLDEN.key]).get('new')).rejects.toBeInstanceOf(DecryptionError);
  });

  test('of a provider are asked for at every call', async () => {
    const inner = new MemoryStore();
    let ring = [GOLDEN.key as Uint8Array];
    const store = new FernetEncryption(inner, { keys: () => Promise.resolve(ring) });
    await store.put('k', { n: 1 });
    ring = [otherKey, GOLDEN.key];
    expect(await store.get('k')).toEqual({ n: 1 });
    await store.put('k', { n: 2 });
    ring = [GOLDEN.key];
    await expect(store.get('k')).rejects.toBeInstanceOf(DecryptionError);
    ring = [otherKey];
    expect(await store.get('k')).toEqual({ n: 2 });
  });

  test('a provider that fails is a fault of the store, and never a miss', async () => {
    const fault = Object.assign(new Error('Key ring arn: the service failed'), { retryable: true });
    const inner = new MemoryStore();
    await over(inner).put('k', { n: 1 });
    const store = (keys: () => Promise<Uint8Array[]>): FernetEncryption =>
      new FernetEncryption(inner, { keys, raiseOnDecryptionError: false });
    const failing = store(() => Promise.reject(fault));
    await expect(failing.get('k')).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(failing.put('k', { n: 2 })).rejects.toThrow('the service failed');
    const denied = store(() => Promise.reject(new Error('denied')));
    await expect(denied.get('k')).rejects.toBeInstanceOf(StoreAccessError);
    const empty = store(() => Promise.resolve([]));
    await expect(empty.get('k')).rejects.toBeInstanceOf(StoreAccessError);
    const short = store(() => Promise.resolve([new Uint8Array(16)]));
    await expect(short.put('k', { n: 2 })).rejects.toThrow('a key has 16 bytes; storage keys have 32');
    expect(await over(inner).get('k')).toEqual({ n: 1 });
  });

  test.each([[[]], [[new Uint8Array(31)]], [[otherKey, new Uint8Array(44)]]])('a bad list is refused (%#)', (keys) => {
    expect(() => over(new MemoryStore(), keys)).toThrow(RangeError);
  });

  test('changing the caller’s bytes afterwards changes nothing', async () => {
    const inner = new MemoryStore();
    const key = otherKey.slice();
    const store = over(inner, [key]);
    key.fill(0);
    await store.put('k', { n: 1 });
    expect(await over(inner, [otherKey]).get('k')).toEqual({ n: 1 });
  });
});

describe('what it refuses', () => {
  const bad: [string, JsonObject][] = [
    ['plaintext', { n: 1 }],
    ['an empty object', {}],
    ['a newer version', { __encrypted_data__: GOLDEN.data, __encryption_version__: 2 }],
    ['no version', { __encrypted_data__: GOLDEN.data }],
    ['a version that is text', { __encrypted_data__: GOLDEN.data, __encryption_version__: '1' }],
    ['data that is no text', { __encrypted_data__: 1, __encryption_version__: 1 }],
    ['data that is null', { __encrypted_data__: null, __encryption_version__: 1 }],
    ['data that is not base64', { __encrypted_data__: `${GOLDEN.data}!`, __encryption_version__: 1 }],
  ];
  test.each(bad)('%s', async (_, value) => {
    const inner = new MemoryStore();
    await inner.put('k', value);
    const store = over(inner);
    await expect(store.get('k')).rejects.toBeInstanceOf(DecryptionError);
    await expect(store.ttl('k')).rejects.toBeInstanceOf(DecryptionError);
    await expect(store.getMany(['x', 'k'])).rejects.toBeInstanceOf(DecryptionError);
    await expect(store.ttlMany(['k'])).rejects.toBeInstanceOf(DecryptionError);
    await expect(store.getVersioned('k')).rejects.toBeInstanceOf(DecryptionError);
    await expect(store.take('k')).rejects.toBeInstanceOf(DecryptionError);
  });

  test.each(bad)('%s is a miss for a cache', async (_, value) => {
    const inner = new MemoryStore();
    await inner.put('k', value);
    const store = over(inner, [GOLDEN.key], { raiseOnDecryptionError: false });
    expect(await store.get('k')).toBeUndefined();
    expect(await store.ttl('k')).toBeUndefined();
    expect(await store.getMany(['k'])).toEqual([undefined]);
    expect(await store.getVersioned('k')).toBeUndefined();
    expect(await store.take('k')).toBeUndefined();
  });

  test('plaintext is read when that is asked for, and nothing else is', async () => {
    const inner = new MemoryStore();
    const store = over(inner, [GOLDEN.key], { allowPlaintext: true });
    await inner.put('k', { n: 1 });
    expect(await store.get('k')).toEqual({ n: 1 });
    await inner.put('k', { __encrypted_data__: 'QUJD', __encryption_version__: 1 });
    await expect(store.get('k')).rejects.toBeInstanceOf(DecryptionError);
  });

  test('what decrypts to something else than an object is corrupt', async () => {
    const inner = new MemoryStore();
    const token = fernetEncrypt(fernetKey(GOLDEN.key), Buffer.from('[1]'));
    await inner.put('k', { __encrypted_data__: Buffer.from(token).toString('base64'), __encryption_version__: 1 });
    await expect(over(inner).get('k')).rejects.toBeInstanceOf(CorruptEntryError);
    expect(await over(inner, [GOLDEN.key], { raiseOnDecryptionError: false }).get('k')).toBeUndefined();
  });

  test('20,000 changes of a ciphertext: none is accepted', async () => {
    const inner = new MemoryStore();
    const data = Buffer.from(GOLDEN.data, 'base64').toString('latin1');
    const key = fernetKey(GOLDEN.key);
    let accepted = 0;
    for (const token of mutations(data, 18_000)) if (fernetDecrypt([key], token)) accepted++;
    const store = over(inner, [GOLDEN.key], { raiseOnDecryptionError: false });
    for (const text of mutations(GOLDEN.data, 2000)) {
      await inner.put('k', { __encrypted_data__: text, __encryption_version__: 1 });
      if (await store.get('k')) accepted++;
    }
    expect(accepted).toBe(0);
  });

  test('messages say nothing of what is stored', async () => {
    const inner = new MemoryStore();
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 8, unit: 'grapheme' }), async (secret) => {
        await inner.put('k', { __encrypted_data__: secret, __encryption_version__: 1 });
        const error = (await over(inner)
          .get('k')
          .catch((fault: unknown) => fault)) as Error;
        expect(error).toBeInstanceOf(DecryptionError);
        expect(error.message).not.toContain(secret);
      }),
    );
  });
});
