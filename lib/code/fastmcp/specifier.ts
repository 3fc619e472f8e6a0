import { compareVersions, releaseOf } from './version.ts';

/** An end of a range of versions. */
export interface VersionBound {
  readonly version: string;
  /** Whether the version itself is in the range. */
  readonly inclusive: boolean;
}

/** Versions between two ends; an end that is absent is open. */
export interface VersionRange {
  readonly low?: VersionBound;
  readonly high?: VersionBound;
}

/**
 * The smallest range with all versions that a specifier such as `>=2,<3`, `~=2.14.0` or `==2.*` allows. `!=` only takes
 * some out of it and is not looked at.
 *
 * @returns undefined when it allows none
 */
export function allowedRange(specifier: string): VersionRange | undefined {
  let range: VersionRange = {};
  for (const clause of specifier.replaceAll(/[()]/g, '').split(',')) {
    const [, operator = '', version = ''] = /^\s*(===?|~=|<=?|>=?)\s*(v?\d[^\s,]*)\s*$/.exec(clause) ?? [];
    range = intersection(range, rangeOf(operator, version));
  }
  return isEmpty(range) ? undefined : range;
}

function rangeOf(operator: string, version: string): VersionRange {
  const at = { version, inclusive: true };
  switch (operator) {
    case '==':
    case '===': {
      const prefix = /^(.+)\.\*$/.exec(version)?.[1];
      if (prefix === undefined) return { low: at, high: at };
      // Its pre-releases are among those that begin with a version.
      return { low: { version: `${prefix}.dev0`, inclusive: true }, high: next(releaseOf(prefix)) };
    }
    case '~=': {
      const series = releaseOf(version).slice(0, -1);
      return series.length === 0 ? {} : { low: at, high: next(series) };
    }
    case '<':
    case '<=':
      return { high: { version, inclusive: operator === '<=' } };
    case '>':
    case '>=':
      return { low: { version, inclusive: operator === '>=' } };
    default:
      return {};
  }
}

/** The first version after all that begin with these numbers. */
function next(series: readonly number[]): VersionBound {
  const last = series.length - 1;
  return { version: series.map((part, at) => (at === last ? part + 1 : part)).join('.'), inclusive: false };
}

function intersection(one: VersionRange, other: VersionRange): VersionRange {
  return { low: inner(one.low, other.low, 1), high: inner(one.high, other.high, -1) };
}

/** Of two ends on the same side, the one that allows less. */
function inner(one: VersionBound | undefined, other: VersionBound | undefined, sign: number): VersionBound | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const order = compareVersions(one.version, other.version) * sign;
  if (order === 0) return one.inclusive ? other : one;
  return order > 0 ? one : other;
}

function isEmpty({ low, high }: VersionRange): boolean {
  if (low === undefined || high === undefined) return false;
  const order = compareVersions(low.version, high.version);
  return order > 0 || (order === 0 && !(low.inclusive && high.inclusive));
}
