/** A version of a Python package, as far as ordering needs it. */
interface Parsed {
  readonly release: readonly number[];
  /** Alpha, beta and candidate come before the release, `dev` before these, `post` after it. */
  readonly stage: readonly [number, number];
}

const VERSION = /^v?(?:\d+!)?(\d+(?:\.\d+)*)(?:[._-]?(a|alpha|b|beta|c|rc|pre|preview|post|rev|r|dev)[._-]?(\d*))?/i;
const STAGES: Readonly<Record<string, number>> = {
  dev: -4,
  a: -3,
  alpha: -3,
  b: -2,
  beta: -2,
  c: -1,
  rc: -1,
  pre: -1,
  preview: -1,
  post: 1,
  rev: 1,
  r: 1,
};

/** Negative when the first version is older, positive when it is newer. What is no version is older than all. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)];
  for (let at = 0; at < Math.max(a.release.length, b.release.length); at += 1) {
    const difference = (a.release[at] ?? 0) - (b.release[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.stage[0] - b.stage[0] || a.stage[1] - b.stage[1];
}

/** Whether a version is an alpha, beta, candidate or `dev` of one to come. */
export function isPreRelease(version: string): boolean {
  return parse(version).stage[0] < 0;
}

/** The numbers of a version, without what it says of its stage. */
export function releaseOf(version: string): readonly number[] {
  return parse(version).release;
}

function parse(version: string): Parsed {
  const [, release = '', stage, number] = VERSION.exec(version.trim()) ?? [];
  return {
    release: release.split('.').map(Number),
    stage: [stage === undefined ? 0 : (STAGES[stage.toLowerCase()] ?? 0), Number(number ?? 0)],
  };
}
