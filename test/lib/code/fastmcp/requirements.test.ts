import * as fc from 'fast-check';
import { join } from 'node:path';

import { ADVISORIES, advisoriesOf } from '../../../../lib/code/fastmcp/advisories.ts';
import { refuseHolesOfPins, refuseKnownHoles } from '../../../../lib/code/fastmcp/refuse-holes.ts';
import { readRequirements } from '../../../../lib/code/fastmcp/requirements.ts';
import { compareVersions } from '../../../../lib/code/fastmcp/version.ts';
import { McpCode } from '../../../../lib/index.ts';
import { folderWith } from '../fixtures.ts';
import { serverFolder } from './server.ts';

function packagesOf(text: string): [string, string][] {
  const { packages } = readRequirements(folderWith({ 'requirements.txt': text }), 'requirements.txt');
  return packages.map(({ name, specifier }) => [name, specifier]);
}

describe('a requirements file', () => {
  test.each([
    ['FastMCP>=4,<5', 'fastmcp', '>=4,<5'],
    ['fastmcp[apps,tasks] == 4.1.2 ; python_version >= "3.11"', 'fastmcp', '== 4.1.2'],
    ['py_key.value==1 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11', 'py-key-value', '==1'],
    ['fastmcp # a comment', 'fastmcp', ''],
    ['fastmcp @ https://example.com/fastmcp.whl', 'fastmcp', ''],
  ])('%j', (text, name, specifier) => {
    expect(packagesOf(`# packages\n\n--index-url https://example.com/simple\n${text}\n`)).toEqual([[name, specifier]]);
  });

  test('includes others: what they ask for counts, constraints do not, and all their text does', () => {
    const folder = folderWith({
      'requirements.txt': '-r more/base.txt\n-c constraints.txt\n',
      'more/base.txt': 'fastmcp\n-r base.txt\n',
      'constraints.txt': 'mcp==2.0.0\n',
    });
    const { packages, text } = readRequirements(folder, 'requirements.txt');
    expect(packages).toEqual([{ name: 'fastmcp', specifier: '' }]);
    expect(text).toContain('mcp==2.0.0');
  });

  test.each(['-rmore.txt', '-r more.txt', '--requirement=more.txt', '--requirement more.txt'])(
    'includes by %s',
    (line) => {
      const folder = folderWith({ 'requirements.txt': line, 'more.txt': 'fastmcp' });
      expect(readRequirements(folder, 'requirements.txt').packages).toEqual([{ name: 'fastmcp', specifier: '' }]);
    },
  );

  test('that is a folder', () => {
    const folder = folderWith({ 'requirements/base.txt': 'fastmcp' });
    expect(() => readRequirements(folder, 'requirements')).toThrow(
      /^requirements "requirements" does not exist: no file/,
    );
  });

  test('that does not exist, or includes one that does not', () => {
    const folder = folderWith({ 'requirements.txt': '-r gone.txt' });
    expect(() => readRequirements(folder, 'none.txt')).toThrow(
      `requirements "none.txt" does not exist: no file ${join(folder, 'none.txt')}. Write the packages of the server there, ` +
        'such as fastmcp>=4,<5, one a line; those of a pyproject.toml: uv export --no-hashes --no-dev --no-emit-project -o requirements.txt',
    );
    expect(() => readRequirements(folder, 'requirements.txt')).toThrow(/includes "gone.txt", which does not exist/);
  });

  test.each(['-e .', './wheels/a.whl', '/opt/a', '.', 'file:///opt/a.whl', 'a @ file:///opt/a.whl'])(
    'that needs this machine: %s',
    (line) => {
      expect(() => packagesOf(`fastmcp\n${line}`)).toThrow(
        /which lies on this machine: put its code below the directory/,
      );
    },
  );
});

test('versions are ordered as Python orders them', () => {
  const sorted = [
    '0',
    '1.0.dev1',
    '1.0a1',
    '1.0.a2',
    '1.0b1',
    '1.0rc1',
    '1.0',
    '1.0.post1',
    '1.0.1',
    '1.9',
    '1.10',
    '2',
  ];
  for (const [at, one] of sorted.entries()) {
    for (const [other, version] of sorted.entries()) {
      expect([one, version, Math.sign(compareVersions(one, version))]).toEqual([one, version, Math.sign(at - other)]);
    }
  }
  expect(compareVersions('1.0', '1.0.0')).toBe(0);
});

test('the order of any releases is that of their numbers', () => {
  const release = fc.array(fc.nat(30), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(release, release, (one, other) => {
      const at = [0, 1, 2, 3].find((index) => (one[index] ?? 0) !== (other[index] ?? 0)) ?? 0;
      const expected = Math.sign((one[at] ?? 0) - (other[at] ?? 0));
      expect(Math.sign(compareVersions(one.join('.'), other.join('.')))).toBe(expected);
    }),
  );
});

describe('versions with a known hole', () => {
  test.each([
    ['fastmcp', '2.12.5', 'GHSA-c2jp-c369-7pvx'],
    ['fastmcp', '3.1.1', 'CVE-2026-32871'],
    ['fastmcp', '3.4.6', 'PrefectHQ/fastmcp#4799'],
    ['fastmcp-slim', '3.4.2', 'PrefectHQ/fastmcp#4799'],
    ['mcp', '1.28.0', 'CVE-2026-59950'],
  ])('%s %s is refused: %s', (name, version, id) => {
    expect(advisoriesOf(name, version).map((advisory) => advisory.id)).toContain(id);
    expect(() => {
      refuseKnownHoles(new Map([[name, version]]), 'it has');
    }).toThrow(
      new RegExp(`^it has ${name} ${version}, which has .*${id}.*Ask for ${name}>=[\\d.]+ in the requirements$`),
    );
  });

  test.each([
    ['fastmcp', '3.4.7'],
    ['fastmcp', '4.0.0'],
    ['fastmcp', '4.1.2'],
    ['mcp', '1.28.1'],
    ['mcp', '2.3.0'],
    ['idna', '1.0'],
  ])('%s %s is not', (name, version) => {
    expect(advisoriesOf(name, version)).toEqual([]);
  });

  test('the fix that is named is free of all of them', () => {
    for (const { packages } of ADVISORIES) {
      for (const name of packages) {
        const newest = ADVISORIES.find((other) => other.packages.includes(name))!.fixed;
        expect(advisoriesOf(name, newest)).toEqual([]);
      }
    }
  });

  test.each([
    ...['==3.4.6', '===2.14.1', '<3', '<=3.4.2', '>=2,<3', '~=2.13,<2.14', '~=2.14.0', '~=2.14', '~= 3.4.1, <3.4.7'],
    ...['==2.*', '==2.14.*', '== 3.4.6.*', '>=2.14,==2.*,!=2.14.1', '(==2.13.0)', '<3.4.7', '==3.4.7b1', '<=3.4.7rc1'],
  ])('a pin tells at once: fastmcp%s', (specifier) => {
    expect(() => {
      refuseHolesOfPins([{ name: 'fastmcp', specifier }], 'requirements.txt');
    }).toThrow(`requirements.txt asks for fastmcp${specifier}, which has `);
  });

  test.each([
    ...['', '>=3', '==4.1.2', '<5', '>=3,<4', '==4.*', '!=3.4.6', '~=3.4', '~=3.4.0', '~=4.0', '==3.*', '==3.4.*'],
    ...['<=3.4.7', '<3.4.8', '>=4,<3', '~=2', '>=4.0.0b1', '==*', 'nonsense'],
  ])('what may be free of them is left to the installation: fastmcp%s', (specifier) => {
    expect(() => {
      refuseHolesOfPins([{ name: 'fastmcp', specifier }], 'requirements.txt');
    }).not.toThrow();
  });

  test.each([
    ['fastmcp', '==4.0.0b1'],
    ['fastmcp-slim', '== 4.3.0rc2'],
    ['mcp', '===2.0.0.dev3'],
  ])('advisories do not speak of a pre-release: %s%s', (name, specifier) => {
    const message = /, a pre-release, of which advisories do not speak. Ask for a release in the requirements: /;
    expect(() => {
      refuseHolesOfPins([{ name, specifier }], 'requirements.txt');
    }).toThrow(message);
    expect(() => {
      refuseKnownHoles(new Map([[name, specifier.replace(/^=+ ?/, '')]]), 'it has');
    }).toThrow(message);
  });

  test('a pre-release of another package is its own affair', () => {
    refuseHolesOfPins([{ name: 'httpx', specifier: '==1.0.dev3' }], 'requirements.txt');
    refuseKnownHoles(new Map([['httpx', '1.0.dev3']]), 'it has');
  });

  test('the construct says so before anything is installed', () => {
    const directory = serverFolder({ 'requirements.txt': 'fastmcp==2.13.0\n' });
    expect(() => McpCode.fastmcp({ directory, app: 'server:mcp' })).toThrow(
      'requirements.txt asks for fastmcp==2.13.0, which has known holes: PrefectHQ/fastmcp#4799 (',
    );
  });

  test('without fastmcp there is nothing to serve', () => {
    const directory = serverFolder({ 'requirements.txt': 'httpx\n' });
    expect(() => McpCode.fastmcp({ directory, app: 'server:mcp' })).toThrow(
      /requirements.txt does not ask for fastmcp, which app "server:mcp" needs: add fastmcp>=4,<5$/,
    );
  });
});
