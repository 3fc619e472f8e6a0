import { gunzipSync, gzipSync } from 'node:zlib';

import { CorruptEntryError, ItemTooLargeError } from '../../../../lambda/store/errors.ts';
import type { JsonObject } from '../../../../lambda/store/key-value-store.ts';
import { MemoryStore } from '../../../../lambda/store/memory/memory-store.ts';
import { Compression } from '../../../../lambda/store/wrappers/compression.ts';
import { FernetEncryption } from '../../../../lambda/store/wrappers/fernet-encryption.ts';

const long = { b: 'é '.repeat(400), a: [1, 2.5] };
const envelope = (data: unknown, more = {}): JsonObject => ({
  __compressed_data__: data as string,
  __compression_algorithm__: 'gzip',
  __compression_version__: 1,
  ...more,
});
const gzip = (text: string): string => gzipSync(text).toString('base64');

test('the envelope of py-key-value around the compact JSON in the order of the value', async () => {
  const inner = new MemoryStore();
  await new Compression(inner).put('k', long);
  const stored = (await inner.get('k'))!;
  expect(stored).toEqual(envelope(expect.any(String)));
  const json = gunzipSync(Buffer.from(stored.__compressed_data__ as string, 'base64')).toString();
  expect(json).toBe(`{"b":"${'\\u00e9 '.repeat(400)}","a":[1,2.5]}`);
});

test('what Python compressed is read', async () => {
  // gzip.compress(b'{"b":1,"a":"\\u00e9"}', compresslevel=1, mtime=0) of Python.
  const data = 'H4sIAAAAAAAEA6tWSlKyMtRRSlSyUoopNTBItVSqBQB/Iob1FAAAAA==';
  const inner = new MemoryStore();
  await inner.put('k', envelope(data));
  expect(await new Compression(inner).get('k')).toEqual({ b: 1, a: 'é' });
});

test.each([
  [1023, false],
  [1024, true],
])('a value of %i bytes: compressed is %p', async (size, compressed) => {
  const inner = new MemoryStore();
  const value = { a: 'x'.repeat(size - '{"a": ""}'.length) }; // in Python's default form, as there
  await new Compression(inner).put('k', value);
  expect('__compressed_data__' in (await inner.get('k'))!).toBe(compressed);
  expect(await new Compression(inner).get('k')).toEqual(value);
});

test('what does not get smaller stays as it is', async () => {
  const inner = new MemoryStore();
  const store = new Compression(inner, { minSizeToCompress: 0 });
  await store.put('k', { a: 'qwertyuiop' });
  expect(await inner.get('k')).toEqual({ a: 'qwertyuiop' });
});

test.each([[envelope(gzip('{"n":1}'))], [envelope('no gzip')], [{ __compressed_data__: 1 }]])(
  'a value that looks like an envelope comes back as it was put (%#)',
  async (value) => {
    const inner = new MemoryStore();
    const store = new Compression(inner);
    await store.put('k', value);
    expect(await store.get('k')).toEqual(value);
  },
);

test('outside of encryption it acts first', async () => {
  const inner = new MemoryStore();
  const encrypted = new FernetEncryption(inner, { keys: [new Uint8Array(32)] });
  await new Compression(encrypted).put('k', long);
  expect(Object.keys((await encrypted.get('k'))!)).toContain('__compressed_data__');
  expect(JSON.stringify(await inner.get('k')).length).toBeLessThan(600);
  expect(await new Compression(encrypted).get('k')).toEqual(long);
});

describe('what it refuses', () => {
  test.each<[string, JsonObject]>([
    ['another algorithm', envelope(gzip('{}'), { __compression_algorithm__: 'zstd' })],
    ['a newer version', envelope(gzip('{}'), { __compression_version__: 2 })],
    ['data that is no text', envelope(7)],
    ['data that is no gzip', envelope('QUJD')],
    ['gzip that was cut', envelope(gzip('{"a":"b"}').slice(0, 20))],
    ['what is no object', envelope(gzip('[1]'))],
    ['what is no JSON', envelope(gzip('{"a":'))],
  ])('%s', async (_, stored) => {
    const inner = new MemoryStore();
    await inner.put('k', stored);
    await expect(new Compression(inner).get('k')).rejects.toBeInstanceOf(CorruptEntryError);
  });

  test('a few bytes that unpack to very many', async () => {
    const inner = new MemoryStore();
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, ' '));
    await inner.put('k', envelope(bomb.toString('base64')));
    await expect(new Compression(inner).get('k')).rejects.toThrow(`unpacks to more than ${16 * 2 ** 20} bytes`);
    await expect(new Compression(inner).ttl('k')).rejects.toBeInstanceOf(CorruptEntryError);
  });

  test('to write what it would refuse to read', async () => {
    const store = new Compression(new MemoryStore(), { maxSize: 2000 });
    await expect(store.put('k', { a: 'x'.repeat(2000) })).rejects.toBeInstanceOf(ItemTooLargeError);
    await store.put('k', { a: 'x'.repeat(1992) });
    expect(await store.get('k')).toEqual({ a: 'x'.repeat(1992) });
  });
});
