import { createHash } from 'node:crypto';

import * as fc from 'fast-check';

import { InvalidKeyError } from '../../../../lambda/store/errors.ts';
import { exptimeOf } from '../../../../lambda/store/memcached/commands.ts';
import { storedKey } from '../../../../lambda/store/memcached/keys.ts';

const hashOf = (text: string): string => `H_${createHash('sha256').update(text).digest('hex')}`;
const place = (key: string, collection = 'c'): { collection: string; key: string } => ({ collection, key });

describe('keys', () => {
  test('what the protocol can hold stays as py-key-value writes it', () => {
    for (const key of ['k1', 'tools/list', 'https://claude.ai/x?y=1', 'é', 'x'.repeat(247), '::']) {
      expect(storedKey(place(key), 'fit')).toBe(`c::${key}`);
      expect(storedKey(place(key), 'raw')).toBe(`c::${key}`);
    }
  });

  test.each([
    'a b',
    'a\r\nflush_all',
    'a\tb',
    'a\u0000',
    'a\u007f',
    'a\u00a0b',
    'a\u2028b',
    'x'.repeat(248),
    'é'.repeat(124),
  ])('what it cannot is hashed, or refused when that is asked for (%#)', (key) => {
    expect(storedKey(place(key), 'fit')).toBe(hashOf(`c::${key}`));
    expect(storedKey(place(key), 'v1')).toBe(hashOf(`c::${key}`));
    expect(() => storedKey(place(key), 'raw')).toThrow(InvalidKeyError);
  });

  test('more than 240 characters are hashed by the strategy of py-key-value, and by it alone', () => {
    const [at, above] = ['x'.repeat(237), 'x'.repeat(238)];
    expect(storedKey(place(at), 'v1')).toBe(`c::${at}`);
    expect(storedKey(place(above), 'v1')).toBe(hashOf(`c::${above}`));
    expect(storedKey(place(above), 'fit')).toBe(`c::${above}`);
    // the golden one of py-key-value's own: a name of 241 characters
    expect(hashOf('x'.repeat(241))).toBe('H_7dbf05774ebc8b0213e8f74d789e344714ca95a03e019d92c8d48365045b7989');
  });

  test('no key can say anything to the server', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }),
        fc.constantFrom('fit', 'v1'),
        (key, rule) => {
          const stored = Buffer.from(storedKey(place(key), rule));
          expect(stored.length).toBeLessThanOrEqual(250);
          expect(stored.every((byte) => byte > 0x20 && byte !== 0x7f)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('two entries never share a key', () => {
    expect(() => storedKey(place('c', 'a::b'), 'fit')).toThrow(InvalidKeyError);
    expect(() => storedKey(place('b', 'a:'), 'fit')).toThrow(InvalidKeyError);
    expect(storedKey(place(':b', 'a'), 'fit')).toBe('a:::b');
    expect(storedKey(place('a b', 'a'), 'fit')).not.toBe(storedKey(place('a_b', 'a'), 'fit'));
  });
});

describe('when the server may forget', () => {
  const now = Date.UTC(2026, 0, 1);
  const day = 86_400;
  test.each([
    [undefined, 0],
    [0.4, 2],
    [1, 2],
    [60, 61],
    [30 * day - 1, 30 * day],
  ])('%p seconds are %p seconds', (ttl, expected) => {
    expect(exptimeOf(ttl === undefined ? undefined : now + ttl * 1000, now)).toBe(expected);
  });

  test('above thirty days it is a time, which memcached would take the seconds for', () => {
    expect(exptimeOf(now + 30 * day * 1000, now)).toBe(now / 1000 + 30 * day + 1);
    expect(exptimeOf(now + 365 * day * 1000, now)).toBe(now / 1000 + 365 * day + 1);
  });

  test('beyond what it can hold it never does: readers look at the entry', () => {
    expect(exptimeOf(Date.UTC(2040, 0, 1), now)).toBe(0);
  });
});
