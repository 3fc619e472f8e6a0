import { InvalidValueError } from './errors.ts';

/** Deeper values are refused: Python's parser gives up at about 1000 levels, and a value that contains itself has no end. */
const MAX_DEPTH = 500;
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const SURROGATE = /[\ud800-\udfff]/;

interface Style {
  readonly comma: string;
  readonly colon: string;
  readonly sorted: boolean;
  readonly text: (text: string) => string;
}

const SORTED: Style = { comma: ', ', colon: ': ', sorted: true, text: quote };
const COMPACT: Style = { comma: ',', colon: ':', sorted: false, text: quote };
const SHORT: Style = { comma: ',', colon: ':', sorted: false, text: (text) => JSON.stringify(text) };

/**
 * JSON in the bytes of Python's `json.dumps(value, sort_keys=True)`: names sorted by code point, `", "` and `": "`,
 * everything outside 0x20 to 0x7e escaped, floats as Python prints them.
 *
 * JavaScript cannot tell `1.0` from `1`: whole numbers up to 2^53 are written as integers, all others as floats.
 *
 * @throws {InvalidValueError} when the value is not JSON: NaN, Infinity, undefined in a list, functions, class instances
 */
export function dumps(value: unknown): string {
  return write(value, 0, SORTED);
}

/**
 * JSON in the bytes of Python's `json.dumps(value, separators=(",", ":"))`: as `dumps`, without spaces and in the order of
 * the value. It is what py-key-value encrypts and compresses.
 *
 * @throws {InvalidValueError} as `dumps`
 */
export function dumpsCompact(value: unknown): string {
  return write(value, 0, COMPACT);
}

/**
 * The shortest JSON that says the same: without spaces, in the order of the value, and with everything that UTF-8 can carry
 * left as it is.
 *
 * @throws {InvalidValueError} as `dumps`
 */
export function dumpsShort(value: unknown): string {
  return write(value, 0, SHORT);
}

/** A JSON string in ASCII, as Python writes it. */
export function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : inAscii(JSON.stringify(text));
}

/** A number as Python's `repr` prints it. */
export function pythonNumber(value: number): string {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  if (!Number.isFinite(value)) throw new InvalidValueError('a value holds NaN or Infinity, which JSON cannot carry');
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  // Python turns to exponents below 1e-4 and from 1e16 on; JavaScript below 1e-6 and from 1e21 on.
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

function write(value: unknown, depth: number, style: Style): string {
  switch (typeof value) {
    case 'string':
      return style.text(value);
    case 'number':
      return pythonNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth === MAX_DEPTH) throw new InvalidValueError(`a value is nested more than ${MAX_DEPTH} levels deep`);
      return Array.isArray(value) ? writeList(value, depth + 1, style) : writeObject(value, depth + 1, style);
    default:
      throw new InvalidValueError(`a value holds ${typeof value}, which JSON cannot carry`);
  }
}

function writeList(list: readonly unknown[], depth: number, style: Style): string {
  if (list.length === 0) return '[]';
  let text = '[';
  // Not for-of over entries: a hole must be refused like undefined, and indexing is the fastest way through.
  for (let index = 0; index < list.length; index++) {
    text += index === 0 ? write(list[index], depth, style) : style.comma + write(list[index], depth, style);
  }
  return `${text}]`;
}

function writeObject(object: object, depth: number, style: Style): string {
  // A Map would be written as {} and a Date as text, and neither would come back: refuse rather than lose.
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new InvalidValueError('a value holds an instance of a class; give plain objects, lists and scalars');
  }
  const members = object as Record<string, unknown>;
  const names = Object.keys(members);
  if (style.sorted) {
    names.sort();
    if (names.some((name) => SURROGATE.test(name))) names.sort(byCodePoint);
  }
  let text = '';
  for (const name of names) {
    const member = members[name];
    if (member === undefined) continue; // as JSON.stringify: an optional property that was left out
    text += (text === '' ? '' : style.comma) + style.text(name) + style.colon + write(member, depth, style);
  }
  return `{${text}}`;
}

/** Python compares code points; JavaScript's order, by UTF-16 units, puts U+10000 before U+E000. */
function byCodePoint(left: string, right: string): number {
  for (let index = 0; index < left.length && index < right.length;) {
    const [a = 0, b = 0] = [left.codePointAt(index), right.codePointAt(index)];
    if (a !== b) return a - b;
    index += a > 0xffff ? 2 : 1;
  }
  return left.length - right.length;
}

/** By code unit: most texts have few different ones. */
const ESCAPES: string[] = [];

function inAscii(json: string): string {
  let text = '';
  let from = 0;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (code < 0x7f) continue;
    text += json.slice(from, index) + (ESCAPES[code] ??= `\\u${code.toString(16).padStart(4, '0')}`);
    from = index + 1;
  }
  return text + json.slice(from);
}
