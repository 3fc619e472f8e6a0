import * as fc from 'fast-check';

import { formatTimestamp, parseTimestamp } from '../../../lambda/store/iso-time.ts';

/** Milliseconds from the year 1000 to the year 9999, with microseconds. */
const time = fc
  .tuple(fc.integer({ min: Date.UTC(1000, 0), max: Date.UTC(9999, 11, 31) }), fc.integer({ min: 0, max: 999 }))
  .map(([millis, micros]) => ({ millis, micros }));

test('times are written as Python does', () => {
  fc.assert(
    fc.property(time, ({ millis, micros }) => {
      const text = new Date(millis).toISOString();
      const fraction = `${text.slice(20, 23)}${String(micros).padStart(3, '0')}`;
      const expected = `${text.slice(0, 19)}${fraction === '000000' ? '' : `.${fraction}`}+00:00`;
      const near = Math.abs(millis) < 4e12; // farther from 1970 a number has no room for microseconds
      if (near || micros === 0) expect(formatTimestamp(near ? millis + micros / 1000 : millis)).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});

test('what is written is read, whole milliseconds exactly', () => {
  fc.assert(
    fc.property(time, ({ millis }) => {
      expect(parseTimestamp(formatTimestamp(millis))).toBe(millis);
    }),
    { numRuns: 2000 },
  );
  const now = Date.UTC(2026, 10, 24, 7, 30, 15, 123);
  expect(parseTimestamp(formatTimestamp(now + 0.456))).toBeCloseTo(now + 0.456, 3);
});

test.each([
  ['2026-11-24T07:30:15.123000+00:00', Date.UTC(2026, 10, 24, 7, 30, 15, 123)],
  ['2028-02-29T00:00:00.000001+00:00', Date.UTC(2028, 1, 29) + 0.001],
  ['2026-12-31T23:59:59.999000+00:00', Date.UTC(2026, 11, 31, 23, 59, 59, 999)],
  ['2026-11-24 07:30:15Z', Date.UTC(2026, 10, 24, 7, 30, 15)],
  ['2026-11-24T07:30:15.123000+02:00', Date.UTC(2026, 10, 24, 5, 30, 15, 123)],
])('%s is read', (text, expected) => {
  expect(parseTimestamp(text)).toBeCloseTo(expected, 3);
});

test.each([
  '2026-02-29T00:00:00.000000+00:00',
  '2026-04-31T00:00:00.000000+00:00',
  '2026-13-01T00:00:00.000000+00:00',
  '2026-00-01T00:00:00.000000+00:00',
  '2026-01-00T00:00:00.000000+00:00',
  '2026-01-32T00:00:00.000000+00:00',
  '2026-01-01T24:00:00.000000+00:00',
  '2026-01-01T00:60:00.000000+00:00',
  '2026-01-01T00:00:60.000000+00:00',
  '2026-01-01T00:00:00.00000x+00:00',
  '2026/01/01T00:00:00.000000+00:00',
  '2026-01-01T00:00:00.000000',
])('%s is no time', (text) => {
  expect(parseTimestamp(text)).toBeUndefined();
});
