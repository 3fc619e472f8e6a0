import * as lambda from 'aws-cdk-lib/aws-lambda';

import { markerHolds } from '../../../../lib/code/fastmcp/marker.ts';
import { missingPackages } from '../../../../lib/code/fastmcp/missing-packages.ts';
import { describeBesidePython, runPython } from '../../../support/python-peer.ts';
import { folderWith } from '../fixtures.ts';

const TARGET = { version: '3.11', architecture: lambda.Architecture.ARM_64 };

/** Conditions as packages write them, and all their forms. */
const VERSIONS = ['2.7', '3', '3.9', '3.10', '3.11', '3.11.0', '3.12', '3.13.1'];
const OPERATORS = ['<', '<=', '==', '!=', '>=', '>'];
const SIMPLE = [
  ...VERSIONS.flatMap((version) =>
    OPERATORS.flatMap((operator) => [
      `python_version ${operator} "${version}"`,
      `python_full_version${operator}'${version}'`,
      `"${version}" ${operator} python_version`,
    ]),
  ),
  ...['python_version ~= "3.9"', 'python_full_version ~= "3.11.0"', 'python_version == "3.*"'],
  ...['python_full_version == "3.11.*"', 'python_version != "3.10.*"', 'python_version in "3.10 3.11"'],
  ...['python_version not in "2.7, 3.11"', 'sys_platform == "linux"', "sys_platform != 'win32'"],
  ...['"linux" in sys_platform', 'sys_platform not  in "darwin win32"', 'platform_system == "Windows"'],
  ...['os_name == "posix"', 'platform_machine == "aarch64"', 'platform_machine == "x86_64"'],
  ...[
    'implementation_name == "cpython"',
    'platform_python_implementation != "PyPy"',
    'extra == "redis"',
    'extra == ""',
  ],
];
const JOINED = SIMPLE.flatMap((one, at) => {
  const [other, third] = [SIMPLE[(at * 7 + 3) % SIMPLE.length]!, SIMPLE[(at * 13 + 5) % SIMPLE.length]!];
  return [
    `${one} and ${other}`,
    `${one} or ${other} and ${third}`,
    `(${one} or ${other}) and ${third}`,
    `(${one})and(${other} or(${third}))`,
  ];
});

describeBesidePython('a condition', () => {
  test('holds for a target where Python says so', async () => {
    const markers = [...SIMPLE, ...JOINED];
    const environment = {
      ...{ python_version: '3.11', python_full_version: '3.11.0', implementation_version: '3.11.0' },
      ...{ implementation_name: 'cpython', platform_python_implementation: 'CPython', os_name: 'posix' },
      ...{ sys_platform: 'linux', platform_system: 'Linux', platform_machine: 'aarch64' },
      ...{ platform_release: '', platform_version: '', extra: '' },
    };
    const expected = (await runPython(
      { setup: 'inner = None' },
      `from packaging.markers import Marker
return [Marker(marker).evaluate(data["environment"]) for marker in data["markers"]]`,
      { markers, environment },
    )) as boolean[];
    expect(markers.map((marker) => [marker, markerHolds(marker, TARGET)])).toEqual(
      markers.map((marker, at) => [marker, expected[at]]),
    );
    expect(expected.filter(Boolean).length).toBeGreaterThan(markers.length / 4);
  });
});

test.each([
  '',
  'python_version',
  'python_version < ',
  '(os_name == "posix"',
  'os_name == "posix" "x"',
  'colour == "red"',
  'os_name is "x"',
])('no condition: %j', (marker) => {
  expect(markerHolds(marker, TARGET)).toBeUndefined();
});

test('what is missing in a folder, for the target', () => {
  const folder = folderWith({
    'anyio-4.dist-info/METADATA': [
      ...['Metadata-Version: 2.4', 'Name: AnyIO', 'Version: 4.0', 'Requires-Dist: idna>=2.8'],
      ...['Requires-Dist: exceptiongroup>=1.0.2; python_version < "3.11"', 'Requires-Dist: sniffio (>=1.1)'],
      ...['Requires-Dist: typing_extensions>=4.5; python_version < "3.13"', 'Requires-Dist: trio; extra == "trio"'],
      ...['', 'Requires-Dist: of-the-description'],
    ].join('\r\n'),
    'IDNA-3.dist-info/METADATA': 'Name: idna\nVersion: 3.0\n\n',
  });
  expect(missingPackages(folder, TARGET)).toEqual(['sniffio of anyio', 'typing_extensions of anyio']);
  expect(missingPackages(folder, { ...TARGET, version: '3.13' })).toEqual(['sniffio of anyio']);
  expect(missingPackages(folder, { ...TARGET, version: '3.10' })).toContain('exceptiongroup of anyio');
});
