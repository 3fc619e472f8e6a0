import { execFileSync } from 'node:child_process';

import * as fc from 'fast-check';

import { InvalidValueError } from '../../../lambda/store/errors.ts';
import { dumps, dumpsCompact, dumpsShort, pythonNumber } from '../../../lambda/store/python-json.ts';

describe("JSON in Python's bytes", () => {
  test.each<[unknown, string]>([
    [{ b: 1, a: { d: [], c: {} } }, '{"a": {"c": {}, "d": []}, "b": 1}'],
    [{ t: 'é€😀\u007f\u2028' }, '{"t": "\\u00e9\\u20ac\\ud83d\\ude00\\u007f\\u2028"}'],
    [{ t: '\b\f\n\r\t\u0000\u001f"\\/' }, '{"t": "\\b\\f\\n\\r\\t\\u0000\\u001f\\"\\\\/"}'],
    [{ t: '\ud800' }, '{"t": "\\ud800"}'],
    [{ '\u{10000}': 1, '\ue000': 2, a: 3 }, '{"a": 3, "\\ue000": 2, "\\ud800\\udc00": 1}'],
    [{ 'a\u{10000}': 1, a: 2, '\uffff': 3 }, '{"a": 2, "a\\ud800\\udc00": 1, "\\uffff": 3}'],
    [{ 10: 1, 9: 2, Z: 3, _: 4 }, '{"10": 1, "9": 2, "Z": 3, "_": 4}'],
    [{ a: undefined, b: null, c: [true, false] }, '{"b": null, "c": [true, false]}'],
    [Object.create(null), '{}'],
  ])('%#', (value, text) => {
    expect(dumps(value)).toBe(text);
  });

  test.each<[number, string]>([
    [1, '1'],
    [-7, '-7'],
    [0, '0'],
    [-0, '-0.0'],
    [1.5, '1.5'],
    [-0.1, '-0.1'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.000012345, '1.2345e-05'],
    [1e-7, '1e-07'],
    [9007199254740991, '9007199254740991'],
    [9007199254740992, '9007199254740992.0'],
    [1e16, '1e+16'],
    [-1.25e21, '-1.25e+21'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [5e-324, '5e-324'],
    [123456.789, '123456.789'],
  ])('the number %p', (value, text) => {
    expect(pythonNumber(value)).toBe(text);
  });

  test.each([Number.NaN, Infinity, -Infinity])('%p is refused', (value) => {
    expect(() => pythonNumber(value)).toThrow(InvalidValueError);
  });

  test('any JSON comes back the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(dumps(value))).toEqual(value);
        expect(dumps(value)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });

  test('compact: without spaces, in the order of the value', () => {
    const value = { b: [1, 1e16, {}], a: 'é\u007f😀"', c: [] };
    expect(dumpsCompact(value)).toBe('{"b":[1,1e+16,{}],"a":"\\u00e9\\u007f\\ud83d\\ude00\\"","c":[]}');
    expect(dumpsShort(value)).toBe('{"b":[1,1e+16,{}],"a":"é\u007f😀\\"","c":[]}');
    expect(dumpsShort({ half: '\ud800', zero: -0 })).toBe('{"half":"\\ud800","zero":-0.0}');
    for (const dump of [dumpsCompact, dumpsShort]) {
      expect(() => dump({ a: [undefined] })).toThrow(InvalidValueError);
      expect(() => dump({ a: Number.NaN })).toThrow(InvalidValueError);
    }
  });

  test('any JSON comes back the same from each form', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(dumpsCompact(value))).toEqual(value);
        expect(JSON.parse(Buffer.from(dumpsShort(value)).toString())).toEqual(value);
      }),
    );
  });

  const depth = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  test('500 levels are written, more are refused', () => {
    expect(dumps(depth(500))).toHaveLength(1000);
    expect(() => dumps(depth(501))).toThrow(InvalidValueError);
  });
});

const python = findPython();
(python === undefined ? describe.skip : describe)(
  python === undefined ? 'skipped: no python3 on this machine to compare with' : 'compared with python3 itself',
  () => {
    const script = 'import json,sys\nfor line in sys.stdin: print(json.dumps(json.loads(line), sort_keys=True))';

    test('json.dumps(…, sort_keys=True) writes the same bytes', () => {
      // What both languages read as the same number: floats that are not whole, and whole numbers that both keep exactly.
      const number = fc.oneof(
        fc.maxSafeInteger(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
      );
      const text = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) });
      const { value } = fc.letrec<{ value: unknown }>((tie) => ({
        value: fc.oneof(
          { maxDepth: 4 },
          fc.oneof(number, text, fc.boolean(), fc.constant(null)),
          fc.array(tie('value'), { maxLength: 4 }),
          fc.dictionary(text, tie('value'), { maxKeys: 4 }),
        ),
      }));
      const samples = fc.sample(value, 1000);
      const input = samples.map((sample) => JSON.stringify(sample)).join('\n');
      const lines = execFileSync(python ?? '', ['-c', script], { input, encoding: 'utf8', maxBuffer: 1e8 }).split('\n');
      for (const [index, sample] of samples.entries()) expect(dumps(sample)).toBe(lines[index]);
    });

    test('repr of floats', () => {
      const floats = fc
        .sample(fc.double({ noNaN: true, noDefaultInfinity: true }), 2000)
        .filter((value) => !Number.isSafeInteger(value));
      const repr = 'import sys\nfor line in sys.stdin: print(repr(float(line)))';
      const input = floats.map((value) => value.toString()).join('\n');
      const lines = execFileSync(python ?? '', ['-c', repr], { input, encoding: 'utf8' }).split('\n');
      for (const [index, value] of floats.entries()) expect(pythonNumber(value)).toBe(lines[index]);
    });
  },
);

function findPython(): string | undefined {
  try {
    execFileSync('python3', ['-c', ''], { stdio: 'ignore' });
    return 'python3';
  } catch {
    return undefined;
  }
}
