import { allowedRange } from './specifier.ts';
import type { PythonTarget } from './target.ts';
import { machine } from './target.ts';
import { compareVersions } from './version.ts';

/** What markers ask for, by the names that they have there. */
type MarkerEnvironment = ReadonlyMap<string, string>;

const TOKEN = /\s*(?:([()])|(['"])(.*?)\2|(<=|>=|===|==|!=|~=|<|>|not\s+in\b|in\b|and\b|or\b)|([a-z_][a-z_.]*))/gy;
const VERSIONS = ['python_version', 'python_full_version', 'implementation_version'];

/** What the target says of itself to markers; what nobody knows before it runs, such as its kernel, is empty. */
function environmentOf(target: PythonTarget): MarkerEnvironment {
  return new Map([
    ['python_version', target.version],
    ['python_full_version', `${target.version}.0`],
    ['implementation_version', `${target.version}.0`],
    ['implementation_name', 'cpython'],
    ['platform_python_implementation', 'CPython'],
    ['os_name', 'posix'],
    ['sys_platform', 'linux'],
    ['platform_system', 'Linux'],
    ['platform_machine', machine(target)],
    ['platform_release', ''],
    ['platform_version', ''],
    ['extra', ''],
  ]);
}

/**
 * Whether a condition such as `python_version < "3.11" and sys_platform == "linux"` holds for the target.
 *
 * @see https://packaging.python.org/en/latest/specifications/dependency-specifiers/
 * @returns undefined for a text that is none
 */
export function markerHolds(marker: string, target: PythonTarget): boolean | undefined {
  const tokens = tokensOf(marker);
  if (tokens === undefined) return undefined;
  const environment = environmentOf(target);
  let at = 0;

  const anyOf = (): boolean => {
    let holds = allOf();
    while (tokens[at] === 'or') {
      at += 1;
      holds = allOf() || holds;
    }
    return holds;
  };
  const allOf = (): boolean => {
    let holds = one();
    while (tokens[at] === 'and') {
      at += 1;
      holds = one() && holds;
    }
    return holds;
  };
  const one = (): boolean => {
    if (tokens[at] === '(') {
      at += 1;
      const holds = anyOf();
      if (tokens[at] !== ')') throw new SyntaxError('no )');
      at += 1;
      return holds;
    }
    const [left = '', operator = '', right = ''] = tokens.slice(at, at + 3);
    at += 3;
    return compare(left, operator.replace(/\s+/, ' '), right, environment);
  };

  try {
    const holds = anyOf();
    return at === tokens.length ? holds : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Texts keep a `'` before them, which tells them from names. */
function tokensOf(marker: string): string[] | undefined {
  const tokens: string[] = [];
  let end = 0;
  for (const { 0: all, index, ...groups } of marker.trim().matchAll(TOKEN)) {
    tokens.push(groups[2] === undefined ? all.trim() : `'${groups[3] ?? ''}`);
    end = index + all.length;
  }
  return end === marker.trim().length ? tokens : undefined;
}

function compare(left: string, operator: string, right: string, environment: MarkerEnvironment): boolean {
  const [one, other] = [valueOf(left, environment), valueOf(right, environment)];
  switch (operator) {
    case 'in':
      return other.includes(one);
    case 'not in':
      return !other.includes(one);
    case '===':
      return one === other;
    case '==':
    case '!=':
    case '~=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      // What is asked for may stand on either side: "3.11" > python_version.
      if (VERSIONS.includes(left)) return isAllowed(one, operator, other);
      if (VERSIONS.includes(right)) return isAllowed(other, MIRRORED[operator] ?? operator, one);
      return operator === '==' ? one === other : operator === '!=' && one !== other;
    default:
      throw new SyntaxError(`no operator ${operator}`);
  }
}

const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function valueOf(token: string, environment: MarkerEnvironment): string {
  const value = token.startsWith("'") ? token.slice(1) : environment.get(token);
  if (value === undefined) throw new SyntaxError(`no variable ${token}`);
  return value;
}

function isAllowed(version: string, operator: string, asked: string): boolean {
  if (operator === '!=') return !isAllowed(version, '==', asked);
  const range = allowedRange(`${operator}${asked}`);
  if (range === undefined) return false;
  const { low, high } = range;
  const [fromLow, fromHigh] = [
    low === undefined ? 1 : compareVersions(version, low.version),
    high === undefined ? -1 : compareVersions(version, high.version),
  ];
  return (
    (fromLow > 0 || (fromLow === 0 && low?.inclusive === true)) &&
    (fromHigh < 0 || (fromHigh === 0 && high?.inclusive === true))
  );
}
