import * as fc from 'fast-check';

import { advisoriesOf } from '../../../../lib/code/fastmcp/advisories.ts';
import { refuseHolesOfPins } from '../../../../lib/code/fastmcp/refuse-holes.ts';
import { allowedRange } from '../../../../lib/code/fastmcp/specifier.ts';
import { describeBesidePython, runPython } from '../../../support/python-peer.ts';

test.each([
  ['', {}],
  ['>=2,<3', { low: { version: '2', inclusive: true }, high: { version: '3', inclusive: false } }],
  ['~=2.14.0', { low: { version: '2.14.0', inclusive: true }, high: { version: '2.15', inclusive: false } }],
  ['~=2.14rc1', { low: { version: '2.14rc1', inclusive: true }, high: { version: '3', inclusive: false } }],
  ['==2.*', { low: { version: '2.dev0', inclusive: true }, high: { version: '3', inclusive: false } }],
  ['>2,>=2', { low: { version: '2', inclusive: false } }],
  ['<=2,<2', { high: { version: '2', inclusive: false } }],
  ['>=2,<2', undefined],
  ['==2,==3', undefined],
])('%j allows %j', (specifier, range) => {
  expect(allowedRange(specifier)).toEqual(range);
});

/** Versions around every fix of FastMCP, and far from it. */
const VERSIONS = [
  '2.0.0',
  '2.13.0',
  '2.14.1',
  '2.14.2',
  '3.2.0',
  '3.3.0',
  '3.4.3',
  '3.4.6',
  '3.4.7',
  '3.4.8',
  '4.0.0',
  '4.2.3',
];

describeBesidePython('what every allowed version has', () => {
  test('is refused, and nothing else: as Python reads the specifiers', async () => {
    const version = fc.oneof(fc.constantFrom(...VERSIONS), fc.constantFrom('2', '3', '3.4', '4', '2.14', '3.0.0'));
    const clause = fc.oneof(
      fc.tuple(fc.constantFrom('==', '<', '<=', '>', '>=', '!='), version).map(([sign, at]) => `${sign}${at}`),
      fc.tuple(fc.constantFrom('==', '!='), version).map(([sign, at]) => `${sign}${at}.*`),
      version.filter((at) => at.includes('.')).map((at) => `~=${at}`),
    );
    const specifiers = fc.sample(
      fc.array(clause, { minLength: 1, maxLength: 3 }).map((clauses) => clauses.join(',')),
      { numRuns: 1500, seed: 7 },
    );
    const allowed = (await runPython(
      { setup: 'inner = None' },
      `from packaging.specifiers import SpecifierSet
return [[v for v in data["versions"] if SpecifierSet(s).contains(v)] for s in data["specifiers"]]`,
      { specifiers, versions: VERSIONS },
    )) as string[][];
    let refused = 0;
    for (const [at, specifier] of specifiers.entries()) {
      let ids: string[] | undefined;
      try {
        refuseHolesOfPins([{ name: 'fastmcp', specifier }], 'requirements.txt');
      } catch (error) {
        ids = (error as Error).message.match(/(?:CVE|GHSA)-[\w-]+|PrefectHQ\/fastmcp#\d+/g) ?? [];
        refused += 1;
      }
      const holes = allowed[at]!.map((one) => advisoriesOf('fastmcp', one).map(({ id }) => id));
      for (const found of holes) {
        // A version that is taken out by != may be the only one that is free: then the installation tells.
        if (ids !== undefined) expect([specifier, found]).toEqual([specifier, expect.arrayContaining(ids)]);
        else if (!specifier.includes('!='))
          expect([specifier, holes]).toEqual([specifier, expect.arrayContaining([[]])]);
      }
    }
    expect(refused).toBeGreaterThan(200);
    expect(refused).toBeLessThan(1300);
  });
});
