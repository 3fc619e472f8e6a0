import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { cachedFolder } from '../../../../lib/code/fastmcp/cache-folder.ts';
import { findInstaller } from '../../../../lib/code/fastmcp/installer.ts';
import { resolverMessage } from '../../../../lib/code/fastmcp/resolver-message.ts';
import { filesBelow } from '../../../../lib/code/fastmcp/server-files.ts';
import { stripPackages } from '../../../../lib/code/fastmcp/strip.ts';
import type { PythonTarget } from '../../../../lib/code/fastmcp/target.ts';
import { pipPlatforms, pythonVersion, uvPlatform } from '../../../../lib/code/fastmcp/target.ts';
import type { Vendored } from '../../../../lib/code/fastmcp/vendor.ts';
import { vendor } from '../../../../lib/code/fastmcp/vendor.ts';
import { folderWith } from '../fixtures.ts';
import { describePython, PYTHON_VERSION, useInstallers } from './installers.ts';

const { ARM_64, X86_64 } = lambda.Architecture;
const installers = useInstallers();

let said = '';
let index: ChildProcess | undefined;

beforeEach(() => {
  said = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(() => {
  index?.kill();
});

function install(requirements: string, target: Partial<PythonTarget> = {}): Vendored {
  const file = join(folderWith({ 'requirements.txt': requirements }), 'requirements.txt');
  return vendor({ files: [file], texts: [requirements], target: { version: '3.13', architecture: ARM_64, ...target } });
}

/** What native modules are compiled for. */
function machinesOf({ folder }: Vendored): Set<string> {
  const libraries = filesBelow(folder).filter((file) => file.endsWith('.so'));
  return new Set(libraries.map((file) => MACHINES[readFileSync(join(folder, file)).readUInt16LE(18)] ?? file));
}

const MACHINES: Readonly<Record<number, string>> = { 62: 'x86_64', 183: 'aarch64' };

describePython('packages for another platform', () => {
  const small = 'markupsafe==3.0.3\nidna==3.10\n';

  test.each([
    [ARM_64, 'aarch64'],
    [X86_64, 'x86_64'],
  ])(
    'uv installs what is compiled for it',
    (architecture, machine) => {
      const made = install(small, { architecture });
      expect(machinesOf(made)).toEqual(new Set([machine]));
      expect(made.versions).toEqual(
        new Map([
          ['idna', '3.10'],
          ['markupsafe', '3.0.3'],
        ]),
      );
      expect(said).toMatch(
        /installing the packages of \S+ for Python 3.13 on \w+ with uv \d.*\n.*installed 2 packages in/s,
      );
    },
    120_000,
  );

  test('pip installs the same, where there is no uv', () => {
    const byUv = install(small);
    installers.onlyPip();
    const byPip = install(small);
    expect(said).toContain('with pip ');
    expect(machinesOf(byPip)).toEqual(new Set(['aarch64']));
    expect(byPip.versions).toEqual(byUv.versions);
    expect(listed(byPip)).toEqual(listed(byUv));
    expect(byPip.hash.split(' ')[0]).toBe(byUv.hash.split(' ')[0]);
  }, 120_000);

  test('what pip leaves out, because its own Python does not need it, is told', () => {
    installers.onlyPip();
    const other = PYTHON_VERSION === '3.10' ? '3.13' : '3.10';
    // exceptiongroup is needed before Python 3.11 only, typing-extensions before 3.13.
    expect(() => install('anyio==4.11.0\n', { version: other })).toThrow(
      new RegExp(
        `pip \\S+ left out what only Python ${other} on Linux needs \\(.+ of anyio.*\\): install uv, or pip for a python`,
      ),
    );
  }, 120_000);

  test('nothing is left of this machine, nor of what no server reads', () => {
    const files = filesBelow(install('idna==3.10\nh11==0.16.0\nmarkupsafe==3.0.3').folder);
    expect(
      files.filter((file) => /(?:^bin\/|RECORD$|INSTALLER$|REQUESTED$|direct_url|\/tests\/|^\.lock)/.test(file)),
    ).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['idna/core.py', 'idna-3.10.dist-info/METADATA']));
  }, 120_000);

  test('the same, whatever made it, and compiled the same', () => {
    const first = install(small);
    const bytes = filesBelow(first.folder).map((file) => readFileSync(join(first.folder, file)).toString('base64'));
    process.env.CDK_HOME = join(installers.home, 'another');
    const second = install(small);
    expect(second.folder).not.toBe(first.folder);
    expect(second.hash).toBe(first.hash);
    expect(filesBelow(second.folder).map((file) => readFileSync(join(second.folder, file)).toString('base64'))).toEqual(
      bytes,
    );
  }, 120_000);
});

function listed({ folder }: Vendored): string[] {
  return filesBelow(folder).filter((file) => !file.endsWith('.pyc'));
}

describePython('an installation', () => {
  test('is made once: the next synth runs nothing', () => {
    const first = install('idna==3.10');
    said = '';
    expect(install('idna==3.10')).toEqual(first);
    expect(said).toBe('');
    expect(install('idna==3.9').folder).not.toBe(first.folder);
    expect(install('idna==3.10', { architecture: X86_64 }).folder).not.toBe(first.folder);
    expect(install('idna==3.10', { version: '3.12' }).folder).not.toBe(first.folder);
  }, 120_000);

  test('is complete or not there, when two are made at the same time', () => {
    const key = `both-${process.pid}`;
    const entry = cachedFolder('test', key, (outer) => {
      // Another synth is faster.
      cachedFolder('test', key, (inner) => {
        mkdirSync(join(inner, 'faster'));
      });
      mkdirSync(join(outer, 'slower'));
    });
    expect(readdirSync(entry)).toEqual(['faster']);
    expect(readdirSync(join(entry, '..')).filter((name) => name.startsWith('.draft'))).toEqual([]);
  });

  test('that fails leaves nothing', () => {
    const fail = (): string =>
      cachedFolder('failing', 'key', (folder) => {
        mkdirSync(join(folder, 'half'));
        throw new Error('no space');
      });
    expect(fail).toThrow('no space');
    expect(readdirSync(join(installers.home, 'cdk/cache/cdk-mcp-kit/failing'))).toEqual([]);
  });

  test('that nobody used for a month is deleted when another is made', () => {
    const old = cachedFolder('aging', 'old', () => undefined);
    const used = cachedFolder('aging', 'used', () => undefined);
    const past = new Date(Date.now() - 31 * 24 * 60 * 60 * 1000);
    for (const folder of [old, used]) utimesSync(folder, past, past);
    cachedFolder('aging', 'used', () => undefined);
    cachedFolder('aging', 'new', () => undefined);
    expect([existsSync(old), existsSync(used)]).toEqual([false, true]);
  });

  test('is made somewhere else where the home cannot be written to', () => {
    const file = join(folderWith({ file: '' }), 'file');
    process.env.CDK_HOME = file; // no folder can be made below it, not even by root
    const entry = cachedFolder('homeless', 'key', (folder) => {
      mkdirSync(join(folder, 'made'));
    });
    expect(readdirSync(entry)).toEqual(['made']);
    expect(cachedFolder('homeless', 'key', () => undefined)).toBe(entry);
    rmSync(resolve(entry, '../..'), { recursive: true });
  });
});

describePython('requirements that cannot be installed', () => {
  test('a version that does not exist: what the resolver says, and what to do', () => {
    expect(() => install('idna==999.0')).toThrow(
      /^the requirements in \S+ cannot be installed for Python 3.13 on arm64: correct them, or choose another python. uv \S+ says:\n[\s\S]*idna==999.0/,
    );
    installers.onlyPip();
    expect(() => install('idna==999.0')).toThrow(/pip \S+ says:\n[\s\S]*idna==999.0/);
  }, 120_000);

  test('packages that exclude each other', () => {
    expect(() => install('anyio==4.11.0\nidna==2.7')).toThrow(/says:\n[\s\S]*anyio[\s\S]*idna/);
  }, 120_000);

  test.each(['uv', 'pip'])("what excludes the kit's own requirements is told apart from them, by %s", (program) => {
    if (program === 'pip') installers.onlyPip();
    const folder = folderWith({
      'requirements.txt': 'cryptography==44.0.0\nidna==3.10\n',
      'kit/base.txt': '# of every server\npy-key-value-aio>=0.4.6,<0.5\ncryptography>=46\nidna\n',
    });
    const files = ['requirements.txt', 'kit/base.txt'].map((file) => join(folder, file));
    const texts = files.map((file) => readFileSync(file, 'utf8'));
    expect(() => vendor({ files, texts, target: { version: '3.13', architecture: ARM_64 } })).toThrow(
      new RegExp(
        `^the requirements in ${join(folder, 'requirements.txt')} cannot be installed for Python 3.13 on arm64: correct them, ` +
          'or choose another python\\. Required by the kit itself, not by this file: cryptography>=46; let the file allow ' +
          `such a version, or leave the package out\\. ${program} [\\s\\S]*says:\n[\\s\\S]*cryptography==44\\.0\\.0`,
      ),
    );
  });

  test('a file that is none', () => {
    expect(() => install('fastmcp >>> 4')).toThrow(/cannot be installed[\s\S]*says:\n/);
  }, 120_000);

  test.each(['uv', 'pip'])(
    'an index that refuses, with a password in its address: %s says so without it',
    async (tool) => {
      const address = await refusingIndex();
      if (tool === 'pip') installers.onlyPip();
      const url = `http://somebody:hunter2@${address}/private/simple`;
      Object.assign(process.env, { UV_DEFAULT_INDEX: url, UV_NO_CONFIG: '1', UV_FIND_LINKS: '', PIP_INDEX_URL: url });
      Object.assign(process.env, {
        PIP_CONFIG_FILE: '/dev/null',
        PIP_FIND_LINKS: '',
        PIP_RETRIES: '0',
        UV_HTTP_RETRIES: '0',
      });
      const fault = messageOf(() => install('idna==3.10\nsix'));
      expect(fault).toMatch(/cannot be installed for Python 3.13 on arm64[\s\S]*says:\n/);
      for (const secret of ['hunter2', 'somebody', address, 'private']) expect(fault).not.toContain(secret);
    },
    120_000,
  );

  test('the last lines of the resolver, without addresses', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    const text = resolverMessage(
      [...lines, '', 'ERROR: no https://me:pass@index.example.com/simple/idna/ "x"'].join('\n'),
    );
    expect(text.split('\n')).toHaveLength(12);
    expect(text).toMatch(/^ {2}line 19\n[\s\S]*\n {2}ERROR: no <index> "x"$/);
  });

  test('neither uv nor pip', () => {
    installers.onlyPip();
    process.env.PATH = folderWith({});
    expect(() => findInstaller({ version: '3.13', architecture: ARM_64 })).toThrow(
      /installed at synth by uv or pip, and neither was found: install uv \(.*\), or name it with the variable UV$/,
    );
  });

  test('a variable UV that names something else', () => {
    process.env.UV = join(folderWith({}), 'uv');
    expect(() => findInstaller({ version: '3.13', architecture: ARM_64 })).toThrow(
      /the variable UV names ".*\/uv", which does not answer/,
    );
  });

  test('the variable UV names the program', () => {
    const folder = folderWith({ 'my-uv': '#!/bin/sh\necho uv 9.9.9 of mine\n' });
    chmodSync(join(folder, 'my-uv'), 0o755);
    process.env.UV = join(folder, 'my-uv');
    expect(findInstaller({ version: '3.13', architecture: ARM_64 }).name).toBe('uv 9.9.9');
  });
});

/** An index that lets nobody in, in a process of its own: installing blocks this one. */
async function refusingIndex(): Promise<string> {
  const script = `require('http').createServer((q, r) => { r.statusCode = 403; r.end('no'); }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;
  index?.kill();
  index = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(index.stdout!, 'data')) as [Buffer];
  return `127.0.0.1:${port.toString().trim()}`;
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it did not fail');
}

describe('the platform', () => {
  test.each([
    ['3.13', ARM_64, 'aarch64-manylinux_2_34'],
    ['3.12', X86_64, 'x86_64-manylinux_2_34'],
    ['3.11', X86_64, 'x86_64-manylinux_2_17'],
  ])('Python %s on %s', (version, architecture, platform) => {
    expect(uvPlatform({ version, architecture })).toBe(platform);
    const [newest] = pipPlatforms({ version, architecture });
    expect(newest).toBe(platform.replace(/^(\w+?)-(.*)$/, '$2_$1'));
    expect(pipPlatforms({ version, architecture })).toContain(`manylinux2014_${platform.split('-')[0]!}`);
  });

  test.each([lambda.Runtime.NODEJS_24_X, new lambda.Runtime('python3.9'), new lambda.Runtime('python3.99')])(
    'is none of FastMCP: %s',
    (runtime) => {
      expect(() => pythonVersion(runtime)).toThrow(
        `python must be a runtime of Python 3.10 to 3.14, such as lambda.Runtime.PYTHON_3_13, got "${runtime.name}"`,
      );
    },
  );
});

test('a module that is called tests stays, tests go', () => {
  const folder = folderWith({
    'a/tests/__init__.py': '',
    'a/tests/test_a.py': '',
    'b/tests/__init__.py': '',
    'b/tests/helper.py': '',
    'c/utilities/tests.py': '',
    'd/__pycache__/d.cpython-311.pyc': '',
    'e-1.dist-info/entry_points.txt': '',
    'e-1.dist-info/RECORD': '',
    'f/RECORD': '',
  });
  stripPackages(folder);
  expect(filesBelow(folder)).toEqual([
    'b/tests/__init__.py',
    'b/tests/helper.py',
    'c/utilities/tests.py',
    'e-1.dist-info/entry_points.txt',
    'f/RECORD',
  ]);
});
