import * as fc from 'fast-check';

import { CorruptEntryError } from '../../../lambda/store/errors.ts';
import { formatTimestamp, parseTimestamp } from '../../../lambda/store/iso-time.ts';
import type { JsonObject } from '../../../lambda/store/key-value-store.ts';
import { dumpEntry, isExpired, loadEntry } from '../../../lambda/store/managed-entry.ts';

const ten = Date.UTC(2026, 10, 22, 10) + 123.456;
const eleven = ten + 3_600_000;

describe('what is written', () => {
  test('the golden entry of py-key-value 0.4.4, byte for byte', () => {
    const entry = { value: { b: 1, a: 'é' }, createdAt: ten, expiresAt: eleven };
    expect(dumpEntry(entry, { collection: 'mcp-jti-mappings', key: 'k1' })).toBe(
      '{"collection": "mcp-jti-mappings", "created_at": "2026-11-22T10:00:00.123456+00:00", ' +
        '"expires_at": "2026-11-22T11:00:00.123456+00:00", "key": "k1", "value": {"a": "\\u00e9", "b": 1}, "version": 1}',
    );
  });

  test('members that are absent are left out, never null', () => {
    expect(dumpEntry({ value: {} })).toBe('{"value": {}, "version": 1}');
    expect(dumpEntry({ value: {}, createdAt: ten }, { collection: 'é', key: '"' })).toBe(
      '{"collection": "\\u00e9", "created_at": "2026-11-22T10:00:00.123456+00:00", "key": "\\"", "value": {}, "version": 1}',
    );
  });

  test('any entry comes back the same', () => {
    const time = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
    const value = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(value, time, fc.option(time, { nil: undefined }), (data, createdAt, expiresAt) => {
        const entry = { value: data, createdAt, expiresAt };
        expect(loadEntry(dumpEntry(entry, { collection: 'c', key: 'k' }))).toEqual(entry);
      }),
    );
  });
});

describe('what is read', () => {
  test.each<[string, string]>([
    ['0.4, names in any order', '{"version": 1, "value": {"a": 1}, "expires_at": "2026-11-22T11:00:00.123456+00:00"}'],
    [
      '0.2, without a version',
      '{"value": {"a": 1}, "created_at": "2025-10-24T00:00:00+00:00", "expires_at": "2026-11-22T11:00:00.123456+00:00"}',
    ],
    ['a value that is JSON in a string', '{"value": "{\\"a\\": 1}", "expires_at": "2026-11-22T11:00:00.123456+00:00"}'],
    [
      'members that are not known',
      '{"value": {"a": 1}, "new": null, "expires_at": "2026-11-22T11:00:00.123456+00:00"}',
    ],
  ])('%s', (_, text) => {
    const { value, expiresAt } = loadEntry(text);
    expect(value).toEqual({ a: 1 });
    expect(expiresAt).toBeCloseTo(eleven, 3);
  });

  test.each([
    ['', 'not JSON'],
    ['nil', 'not JSON'],
    ['[]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{}', 'its value is not an object'],
    ['{"value": null}', 'its value is not an object'],
    ['{"value": [1]}', 'its value is not an object'],
    ['{"value": "[1]"}', 'its value is not an object'],
    ['{"value": "secret"}', 'its value is text but not JSON'],
    ['{"value": {"x": NaN}}', 'not JSON'],
    ['{"value": {}, "created_at": null}', 'its created_at is not an ISO 8601 date with an offset'],
    ['{"value": {}, "expires_at": null}', 'its expires_at is not an ISO 8601 date with an offset'],
    ['{"value": {}, "expires_at": 1790000000}', 'its expires_at is not an ISO 8601 date with an offset'],
    ['{"value": {}, "expires_at": "secret"}', 'its expires_at is not an ISO 8601 date with an offset'],
    [
      '{"value": {}, "expires_at": "2026-02-30T00:00:00+00:00"}',
      'its expires_at is not an ISO 8601 date with an offset',
    ],
  ])('%p is refused, and not repeated', (text, problem) => {
    expect(() => loadEntry(text)).toThrow(new CorruptEntryError(problem));
  });

  test('an entry ends at its date, not after it', () => {
    expect(isExpired({ expiresAt: 1000 }, 999)).toBe(false);
    expect(isExpired({ expiresAt: 1000 }, 1000)).toBe(true);
    expect(isExpired({}, Number.MAX_VALUE)).toBe(false);
  });
});

describe('dates', () => {
  test.each<[number, string]>([
    [0, '1970-01-01T00:00:00+00:00'],
    [1, '1970-01-01T00:00:00.001000+00:00'],
    [0.001, '1970-01-01T00:00:00.000001+00:00'],
    [999.9996, '1970-01-01T00:00:01+00:00'],
    [Date.UTC(9999, 11, 31, 23, 59, 59), '9999-12-31T23:59:59+00:00'],
  ])('%p is written as Python does', (time, text) => {
    expect(formatTimestamp(time)).toBe(text);
  });

  test.each<[string, number]>([
    ['1970-01-01T00:00:01Z', 1000],
    ['1970-01-01 00:00:01+00:00', 1000],
    ['1970-01-01T02:00:01.5+02:00', 1500],
    ['1969-12-31T18:30:00.250000-05:30', 250],
    ['1970-01-01T00:00:31+00:00:30', 1000],
  ])('%s is read', (text, time) => {
    expect(parseTimestamp(text)).toBe(time);
  });

  test.each([
    '',
    '2026-11-22',
    '2026-11-22T10:00:00',
    '2026-13-01T00:00:00Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T10:60:00Z',
  ])('%p is not', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  test('any time comes back to the microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }), fc.nat(999), (milliseconds, micros) => {
        const time = milliseconds + micros / 1000;
        const read = parseTimestamp(formatTimestamp(time));
        expect(Math.abs((read ?? NaN) - time)).toBeLessThan(0.0006);
      }),
    );
  });
});
