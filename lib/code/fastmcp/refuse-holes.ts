import type { Advisory } from './advisories.ts';
import { advisoriesOf, advisoriesOfAll, newestFixOf } from './advisories.ts';
import type { Requirement } from './requirements.ts';
import { allowedRange } from './specifier.ts';
import { isPreRelease } from './version.ts';

/**
 * @throws Error when a version has a known hole; it names the advisories and the version that is free of them. So it does for
 * a pre-release of these packages
 */
export function refuseKnownHoles(versions: ReadonlyMap<string, string>, source: string): void {
  for (const [name, version] of versions) {
    refuse(`${source} ${name} ${version}`, name, advisoriesOf(name, version));
    refusePreRelease(`${source} ${name} ${version}`, name, version);
  }
}

/** @throws Error when every version that a requirement allows has a known hole, or it pins a pre-release */
export function refuseHolesOfPins(packages: readonly Requirement[], path: string): void {
  for (const { name, specifier } of packages) {
    const range = allowedRange(specifier);
    if (range === undefined) continue; // the installer says it better
    const subject = `${path} asks for ${name}${specifier}`;
    refuse(subject, name, advisoriesOfAll(name, range));
    if (range.low === range.high && range.low !== undefined) refusePreRelease(subject, name, range.low.version);
  }
}

/** `4.0.0b1` is newer than `3.4.7` by its number and came out before it: nobody says which holes are open in it. */
function refusePreRelease(subject: string, name: string, version: string): void {
  if (!isPreRelease(version)) return;
  const newest = newestFixOf(name);
  if (newest === undefined) return;
  throw new Error(
    `${subject}, a pre-release, of which advisories do not speak. Ask for a release in the requirements: ${name}>=${newest}`,
  );
}

function refuse(subject: string, name: string, found: readonly Advisory[]): void {
  const [only] = found;
  if (only === undefined) return;
  const holes =
    found.length === 1
      ? `a known hole, ${only.id}: ${only.what}`
      : `known holes: ${found.map(({ id, what }) => `${id} (${what})`).join(', ')}`;
  throw new Error(`${subject}, which has ${holes}. Ask for ${name}>=${newestFixOf(name) ?? ''} in the requirements`);
}
