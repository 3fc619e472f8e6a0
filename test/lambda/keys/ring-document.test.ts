import { hkdfSync } from 'node:crypto';

import * as fc from 'fast-check';

import { KeyRingError, parseRing } from '../../../lambda/keys/ring-document.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf';
const ROOT = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789xy';
const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64url');
const RING = {
  version: 1,
  storage: [
    { kid: 'new', key: key(1) },
    { kid: 'old', key: key(2) },
  ],
  'request-state': [{ kid: 'only', key: key(3) }],
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('a root', () => {
  // Golden values: computed with another implementation of HKDF (see docs/keys.md). A change orphans stored data.
  test('gives these keys, for ever', () => {
    const ring = parseRing(JSON.stringify({ root: ROOT }), ARN);
    expect(ring.storage!.map(({ kid, key: bytes }) => [kid, hex(bytes)])).toEqual([
      ['3UHFYqvv', '6dea35ba853894ecebfe0a355ae86986ebc268966e6e8af03cee8602f6cab1dc'],
    ]);
    expect(ring['token-signing']!.map(({ kid, key: bytes }) => [kid, hex(bytes)])).toEqual([
      ['S118ORdy', '80ea574e2f2736ce84af8c41a73cebdc7bce989cb63d03d784e3fbebab131baf'],
    ]);
    expect(ring['request-state']!.map(({ kid, key: bytes }) => [kid, hex(bytes)])).toEqual([
      ['Fk2a8Svk', 'a4467037bb022ca8d8f28a8e238576f6181710c41ab58061a056c65d8e4988b0'],
    ]);
  });

  test('is derived as the documentation says', () => {
    const derived = hkdfSync('sha256', ROOT, 'cdk-mcp-kit', 'cdk-mcp-kit/v1/key/storage', 32);
    expect(parseRing(JSON.stringify({ root: ROOT }), ARN).storage![0]!.key).toEqual(new Uint8Array(derived));
  });

  test('gives every purpose a key of its own, and other roots other keys', () => {
    const of = (root: string): string[] => {
      const ring = parseRing(JSON.stringify({ root }), ARN);
      return [ring.storage![0]!, ring['request-state']![0]!].flatMap(({ kid, key: bytes }) => [kid, hex(bytes)]);
    };
    const all = [...of(ROOT), ...of(`${ROOT}x`), ...of(ROOT.toUpperCase())];
    expect(new Set(all).size).toBe(all.length);
  });

  test('may say its version', () => {
    expect(parseRing(JSON.stringify({ version: 1, root: ROOT }), ARN)).toEqual(
      parseRing(JSON.stringify({ root: ROOT }), ARN),
    );
  });
});

describe('a full ring', () => {
  test('keeps its order: the first key is the current one', () => {
    const ring = parseRing(JSON.stringify(RING), ARN);
    expect(ring.storage!.map(({ kid, key: bytes }) => [kid, bytes[0]])).toEqual([
      ['new', 1],
      ['old', 2],
    ]);
    expect(ring['request-state']).toEqual([{ kid: 'only', key: new Uint8Array(32).fill(3) }]);
  });

  test('may lack a purpose, and have members of later versions', () => {
    const ring = parseRing(JSON.stringify({ version: 1, storage: RING.storage, signing: [{ anything: true }] }), ARN);
    expect(Object.keys(ring)).toEqual(['storage']);
  });

  test('can hold the key that was derived before the first rotation, under its id', () => {
    const before = parseRing(JSON.stringify({ root: ROOT }), ARN).storage![0]!;
    const old = { kid: before.kid, key: Buffer.from(before.key).toString('base64url') };
    const after = parseRing(JSON.stringify({ version: 1, storage: [{ kid: 'n', key: key(9) }, old] }), ARN);
    expect(after.storage![1]).toEqual(before);
  });
});

const CANARY = 'CANARYcanaryCANARYcanaryCANARYcanary1234567';
const storage = (...keys: unknown[]): string => JSON.stringify({ version: 1, storage: keys });

test.each([
  ['nothing', '', 'is not JSON'],
  ['text', CANARY, 'is not JSON'],
  ['half a document', `{"root":"${CANARY}`, 'is not JSON'],
  ['a text', JSON.stringify(CANARY), 'is not a JSON object'],
  ['a list', JSON.stringify([CANARY]), 'is not a JSON object'],
  ['null', 'null', 'is not a JSON object'],
  ['a number', '5', 'is not a JSON object'],
  ['neither form', JSON.stringify({ password: CANARY }), 'has neither a "root" nor keys for storage or request-state'],
  ['a short root', JSON.stringify({ root: 'CANARY' }), '"root" that is not a text of at least 43'],
  ['a root of 42 characters', JSON.stringify({ root: CANARY.slice(1) }), '"root" that is not a text of at least 43'],
  ['a root that is a number', JSON.stringify({ root: 5 }), '"root" that is not a text'],
  ['a root that is null', JSON.stringify({ root: null }), '"root" that is not a text'],
  ['root and lists', JSON.stringify({ ...RING, root: CANARY }), 'has both a "root" and lists'],
  ['a later version', JSON.stringify({ ...RING, version: 2 }), '"version" that this release does not know'],
  ['a version as text', JSON.stringify({ ...RING, version: '1' }), '"version" that this release does not know'],
  ['lists without a version', JSON.stringify({ storage: RING.storage }), 'lists keys without "version": 1'],
  ['an empty list', storage(), '"storage" is not a non-empty list'],
  ['an object for a list', JSON.stringify({ version: 1, storage: { CANARY } }), '"storage" is not a non-empty list'],
  ['a bare key', storage(CANARY), '"storage"[0] is not an object'],
  ['null for a key', storage(RING.storage[0], null), '"storage"[1] is not an object'],
  ['no kid', storage({ key: key(1) }), '"storage"[0] has no "kid"'],
  ['an empty kid', storage({ kid: '', key: key(1) }), '"storage"[0] has no "kid"'],
  ['a kid with a colon', storage({ kid: 'a:b', key: key(1) }), '"storage"[0] has no "kid"'],
  ['a long kid', storage({ kid: 'k'.repeat(65), key: key(1) }), '"storage"[0] has no "kid"'],
  ['no key', storage({ kid: 'a' }), '"storage"[0] has no "key" of 32 bytes'],
  ['a key that is a number', storage({ kid: 'a', key: 5 }), 'has no "key" of 32 bytes'],
  ['31 bytes', storage({ kid: 'a', key: Buffer.alloc(31).toString('base64url') }), 'has no "key" of 32 bytes'],
  ['33 bytes', storage({ kid: 'a', key: Buffer.alloc(33).toString('base64url') }), 'has no "key" of 32 bytes'],
  ['hexadecimal', storage({ kid: 'a', key: Buffer.alloc(32, 7).toString('hex') }), 'has no "key" of 32 bytes'],
  ['padding', storage({ kid: 'a', key: `${key(1)}=` }), 'has no "key" of 32 bytes'],
  ['a line end', storage({ kid: 'a', key: `${key(1)}\n` }), 'has no "key" of 32 bytes'],
  [
    'a letter outside the alphabet',
    storage({ kid: 'a', key: `${key(1).slice(0, 20)}!${key(1).slice(20)}` }),
    'has no "key" of 32 bytes',
  ],
  [
    'plain base64',
    storage({ kid: 'a', key: Buffer.alloc(32, 0xff).toString('base64').slice(0, 43) }),
    'has no "key" of 32 bytes',
  ],
  [
    'a kid twice',
    storage({ kid: 'a', key: key(1) }, { kid: 'a', key: key(2) }),
    '"storage"[1] has the "kid" of a key before it',
  ],
  [
    'a key twice',
    storage({ kid: 'a', key: key(1) }, { kid: 'b', key: key(1) }),
    '"storage"[1] has the "key" of one before it',
  ],
  [
    'a key for two purposes',
    JSON.stringify({ ...RING, 'request-state': [{ kid: 'z', key: key(1) }] }),
    '"request-state"[0] has the "key" of one before it',
  ],
])('%s is refused', (_name, text, problem) => {
  const error = failure(text);
  expect(error.message).toContain(problem);
  expect(error.message).toContain(ARN);
  expect(error.retryable).toBe(false);
  expect(error.cause).toBeUndefined();
  expect(error.message).not.toContain('CANARY');
});

test('arbitrary text is a ring or a KeyRingError', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ root: fc.string() }).map((root) => JSON.stringify(root)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        return Object.keys(parseRing(text, ARN)).length > 0;
      } catch (error) {
        return error instanceof KeyRingError;
      }
    }),
    { numRuns: 1000 },
  );
});

test('no part of a damaged secret is in the error', () => {
  const damaged = fc.tuple(fc.nat(500), fc.constantFrom('', '"', '}', ',', 'x', '\\', '\u0000'));
  fc.assert(
    fc.property(fc.constantFrom(JSON.stringify({ root: ROOT }), JSON.stringify(RING)), damaged, (text, [at, put]) => {
      const index = at % text.length;
      try {
        parseRing(`${text.slice(0, index)}${put}${text.slice(index + 1)}`, ARN);
      } catch (error) {
        const message = (error as Error).message;
        for (const secret of [ROOT.slice(4, 12), key(1).slice(0, 8), key(2).slice(0, 8)])
          expect(message).not.toContain(secret);
        expect(error).toBeInstanceOf(KeyRingError);
      }
    }),
    { numRuns: 1000 },
  );
});

function failure(text: string): KeyRingError {
  try {
    parseRing(text, ARN);
  } catch (error) {
    if (error instanceof KeyRingError) return error;
    throw error;
  }
  throw new Error('not refused');
}
