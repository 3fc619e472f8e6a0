import * as lambda from 'aws-cdk-lib/aws-lambda';
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { findPython } from '../../../../lib/code/fastmcp/bytecode.ts';
import type { ServerParts } from '../../../../lib/code/fastmcp/bundle-folder.ts';
import { hashOfServer, writeServer } from '../../../../lib/code/fastmcp/bundle-folder.ts';
import { pythonKit } from '../../../../lib/code/fastmcp/python-kit.ts';
import { filesBelow, serverFiles } from '../../../../lib/code/fastmcp/server-files.ts';
import { refuseOversized } from '../../../../lib/code/fastmcp/size-limit.ts';
import { RuntimePart } from '../../../../lib/code/runtime-part.ts';
import { McpAuth, McpCode, McpCompute, McpServer, McpStorage } from '../../../../lib/index.ts';
import { silenceWarnings, testApp, testStack } from '../../support/test-app.ts';
import { folderWith } from '../fixtures.ts';
import { describePython, PYTHON_VERSION, useInstallers } from './installers.ts';
import { SERVER, serverFolder } from './server.ts';

const BUNDLE_ALL = { 'aws:cdk:bundling-stacks': ['**'] };
const installers = useInstallers();

silenceWarnings();

beforeEach(() => {
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});

/** A server whose packages are a folder of the test. */
function parts(files: Readonly<Record<string, string>>, others: Partial<ServerParts> = {}): ServerParts {
  const directory = folderWith(files);
  return {
    directory,
    app: 'server:mcp',
    files: serverFiles(directory),
    kit: {
      packageFolder: folderWith({ '__main__.py': 'print("served")', '__pycache__/x.pyc': '' }),
      files: [],
      texts: [],
      extras: new Map(),
    },
    vendored: { folder: folderWith({ 'idna/__init__.py': '' }), hash: 'vendored', versions: new Map() },
    ...others,
  };
}

describe('the folder of a server', () => {
  const files = {
    'server.py': SERVER,
    'requirements.txt': 'fastmcp',
    'data/words.json': '[]',
    '.env': 'TOKEN=secret',
    '.env.production': 'TOKEN=secret',
    '.aws/credentials': 'secret',
    '.ssh/config': 'secret',
    '.git-credentials': 'secret',
    'certificates/tls.key': 'secret',
    id_ed25519: 'secret',
    '.git/config': '',
    '.venv/pyvenv.cfg': '',
    'my env/pyvenv.cfg': '',
    'my env/lib/x.py': '',
    '__pycache__/server.cpython-313.pyc': '',
    '.pytest_cache/x': '',
    'node_modules/x/index.js': '',
    Dockerfile: 'FROM scratch',
  };

  test('is deployed without secrets, environments and caches', () => {
    expect(serverFiles(folderWith(files))).toEqual(['data/words.json', 'requirements.txt', 'server.py']);
    expect(serverFiles(folderWith(files), ['data', 'requirements.txt'])).toEqual(['server.py']);
    expect(serverFiles(folderWith(files), ['data/words.json'])).not.toContain('data/words.json');
  });

  test('a link to a file is that file; one to a folder is not followed, so that none is endless', () => {
    const folder = folderWith({ 'server.py': '' });
    symlinkSync(folder, join(folder, 'again'));
    symlinkSync(join(folder, 'gone'), join(folder, 'broken'));
    symlinkSync(join(folder, 'server.py'), join(folder, 'other.py'));
    expect(serverFiles(folder)).toEqual(['other.py', 'server.py']);
  });

  test('holds the packages and the kit below vendor, and a script that runs it', () => {
    const folder = join(installers.home, 'written');
    writeServer(parts(files), folderIn(folder));
    expect(filesBelow(folder)).toEqual([
      'data/words.json',
      'requirements.txt',
      'run.sh',
      'server.py',
      'vendor/idna/__init__.py',
      'vendor/mcp_kit/__main__.py',
    ]);
    expect(statSync(join(folder, 'run.sh')).mode & 0o111).toBe(0o111);
    const bin = folderWith({ python: '#!/bin/sh\nexec python3 "$@"\n' });
    chmodSync(join(bin, 'python'), 0o755);
    const run = spawnSync(join(folder, 'run.sh'), {
      cwd: '/',
      env: { PATH: `${bin}:${process.env.PATH ?? ''}`, PYTHONPATH: 'vendor', PYTHONDONTWRITEBYTECODE: '1' },
      encoding: 'utf8',
    });
    expect(run.stdout).toBe('served\n');
  });

  test('is compiled where this machine has the Python: imported without its source being read', () => {
    const version = PYTHON_VERSION;
    const python = findPython(version)!;
    const folder = join(installers.home, 'compiled');
    const vendored = {
      folder: folderWith({ 'idna/__init__.py': '' }),
      hash: '',
      versions: new Map<string, string>(),
      python,
    };
    writeServer(
      parts({ 'server.py': 'mcp = "compiled"', 'bad.py': 'this is no Python' }, { vendored }),
      folderIn(folder),
    );
    const compiled = filesBelow(folder).filter((file) => file.endsWith('.pyc'));
    const tag = `cpython-${version.replace('.', '')}`;
    expect(compiled).toEqual([`__pycache__/server.${tag}.pyc`, `vendor/mcp_kit/__pycache__/__main__.${tag}.pyc`]);
    // Not compared with the source: flag 1 is "by hash", and 2, that it is checked, is not set.
    for (const file of compiled) expect(readFileSync(join(folder, file)).readUInt32LE(4)).toBe(1);
    writeFileSync(join(folder, 'server.py'), 'mcp = "from source"');
    const { stdout } = spawnSync(python, ['-c', 'import server; print(server.mcp, server.__file__)'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout).toBe(`compiled ${join(folder, 'server.py')}\n`);
  });

  test('that holds authorities keeps them', () => {
    const folder = folderWith({ 'ca.pem': 'authorities', 'keys.py': '', 'data/keyboard.json': '' });
    expect(serverFiles(folder)).toEqual(['ca.pem', 'data/keyboard.json', 'keys.py']);
  });

  test('without that Python there is no bytecode', () => {
    expect(findPython('3.99')).toBeUndefined();
  });
});

function folderIn(folder: string): string {
  spawnSync('mkdir', ['-p', folder]);
  return folder;
}

describe('the hash', () => {
  const path = fc.stringMatching(/^[a-z]{1,8}\.py$/);
  const tree = fc.dictionary(path, fc.string(), { maxKeys: 4, noNullPrototype: true });

  test('is that of what is deployed: wherever it lies, whenever it was written', () => {
    fc.assert(
      fc.property(tree, (files) => {
        const kit = parts({}).kit;
        const one = hashOfServer(parts(files, { kit }));
        expect(hashOfServer(parts({ ...files, '.env': 'x', '__pycache__/a.pyc': 'y' }, { kit }))).toBe(one);
      }),
      { numRuns: 25 },
    );
  });

  test('another file, text, object or package makes another', () => {
    fc.assert(
      fc.property(tree, tree, (one, other) => {
        fc.pre(JSON.stringify(Object.entries(one).sort()) !== JSON.stringify(Object.entries(other).sort()));
        expect(hashOfServer(parts(one))).not.toBe(hashOfServer(parts(other)));
      }),
      { numRuns: 25 },
    );
    const base = parts({ 'server.py': '' });
    const hash = hashOfServer(base);
    expect(hashOfServer({ ...base, app: 'server:app' })).not.toBe(hash);
    expect(hashOfServer({ ...base, vendored: { ...base.vendored, hash: 'others' } })).not.toBe(hash);
    chmodSync(join(base.directory, 'server.py'), 0o755);
    expect(hashOfServer(base)).not.toBe(hash);
  });
});

describe('what Lambda does not take', () => {
  test('is told with the largest packages', () => {
    const large = folderWith({ 'torch/a.bin': 'x'.repeat(3 * 1024 * 1024), 'small/b.bin': 'x'.repeat(1024 * 1024) });
    const server = parts({ 'server.py': '' }, { vendored: { folder: large, hash: '', versions: new Map() } });
    expect(() => {
      refuseOversized(server, 3.5);
    }).toThrow(
      'the server and its packages are 4 MB unzipped, and Lambda takes 3.5 MB besides the adapter (yours 0 MB, torch 3 MB, small 1 MB): ' +
        'leave packages or files out, or use compute: McpCompute.fargate()',
    );
    expect(() => {
      refuseOversized(server, 4);
    }).not.toThrow();
  });
});

describe('the requirements of the kit', () => {
  test('are those of every server, and of each part that the deployment needs', () => {
    const files = (of: RuntimePart[]): string[] => pythonKit(of).files.map((file) => file.replace(/.*\//, ''));
    const { MEMORY_STORE, JWT_AUTHENTICATOR, SECRETS_MANAGER_KEY_RING, ...others } = RuntimePart;
    expect(files([MEMORY_STORE, JWT_AUTHENTICATOR])).toEqual(['base.txt']);
    expect(files([SECRETS_MANAGER_KEY_RING, MEMORY_STORE])).toEqual(['base.txt', 'secrets-manager.txt']);
    for (const [name, part] of Object.entries(others)) {
      expect([name, files([part])]).toEqual([name, ['base.txt', `${name.replace('_STORE', '').toLowerCase()}.txt`]]);
    }
    expect(pythonKit([]).packageFolder).toMatch(/lambda\/fastmcp\/mcp_kit$/);
  });
});

describePython('a server of the kit', () => {
  const code = (directory: string): McpCode => McpCode.fastmcp({ directory, app: 'server:mcp', python: runtime() });
  const runtime = (): lambda.Runtime => new lambda.Runtime(`python${PYTHON_VERSION}`, lambda.RuntimeFamily.PYTHON);

  function synth(directory: string, id: string): string {
    const app = testApp(BUNDLE_ALL);
    new McpServer(testStack(app, id), 'Server', {
      code: code(directory),
      auth: McpAuth.iam(),
      storage: McpStorage.memory(),
      compute: McpCompute.lambda({ architecture: lambda.Architecture.X86_64 }),
    });
    const { directory: out } = app.synth();
    return join(
      out,
      readdirSync(out).find((name) => name.startsWith('asset.') && existsSync(join(out, name, 'run.sh')))!,
    );
  }

  test('is a zip that runs on Lambda, the same wherever and whenever it is made', () => {
    const directory = serverFolder();
    const asset = synth(directory, 'One');
    expect(readdirSync(join(asset, 'vendor'))).toEqual(
      expect.arrayContaining(['fastmcp', 'mcp', 'mcp_kit', 'key_value']),
    );
    expect(readdirSync(asset).sort()).toEqual(['__pycache__', 'requirements.txt', 'run.sh', 'server.py', 'vendor']);
    expect(statSync(join(asset, 'run.sh')).mode & 0o111).toBe(0o111);
    const again = synth(serverFolder(), 'Two');
    expect(again.split('/').at(-1)).toBe(asset.split('/').at(-1));
  }, 120_000);

  test('its folder is all that FastMCP needs, and it is imported from bytecode', () => {
    const asset = synth(serverFolder(), 'Three');
    const script =
      'import server, fastmcp, mcp_kit, sys; print(server.mcp.name, fastmcp.settings.stateless_http, fastmcp.__cached__)';
    const { stdout, stderr } = spawnSync('python3', ['-s', '-c', script], {
      cwd: asset,
      env: {
        PATH: process.env.PATH,
        PYTHONPATH: 'vendor',
        FASTMCP_STATELESS_HTTP: 'true',
        PYTHONDONTWRITEBYTECODE: '1',
      },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toBe(
      `hello True ${join(asset, 'vendor/fastmcp/__pycache__')}/__init__.cpython-${PYTHON_VERSION.replace('.', '')}.pyc\n`,
    );
  }, 120_000);

  test('is the same folder in an image, with a Dockerfile that installs nothing', () => {
    const app = testApp(BUNDLE_ALL);
    const stack = testStack(app);
    const container = code(serverFolder()).bindContainer(stack, {
      parts: [],
      architecture: lambda.Architecture.X86_64,
    });
    expect(container.command).toEqual(['python', '-m', 'mcp_kit', 'serve', 'server:mcp']);
    const [folder] = readdirSync(join(installers.home, 'cdk/cache/cdk-mcp-kit/images'));
    const image = join(installers.home, 'cdk/cache/cdk-mcp-kit/images', folder!);
    const text = readFileSync(join(image, 'Dockerfile'), 'utf8');
    expect(text).toContain(
      `ARG BASE_IMAGE=public.ecr.aws/docker/library/python:${PYTHON_VERSION}-slim\nFROM \${BASE_IMAGE}\nWORKDIR /app\nCOPY . .\n`,
    );
    expect(text).toContain('USER 1000:1000\nCMD ["python","-m","mcp_kit","serve","server:mcp"]');
    expect(text).not.toMatch(/^RUN/m);
    expect(readdirSync(join(image, 'vendor'))).toEqual(expect.arrayContaining(['fastmcp', 'mcp_kit']));
  }, 120_000);

  test('what its requirements resolve to is refused when it has a known hole', () => {
    const directory = serverFolder({ 'requirements.txt': 'fastmcp\n-c pins.txt\n', 'pins.txt': 'fastmcp==3.4.6\n' });
    expect(() => synth(directory, 'Four')).toThrow(
      'the requirements of the server resolve to fastmcp 3.4.6, which has a known hole, PrefectHQ/fastmcp#4799',
    );
  }, 120_000);
});

test('the authorities of DocumentDB are with the package, where the storage is one, and change the hash', () => {
  const { extras } = pythonKit([RuntimePart.MONGODB_STORE]);
  const folder = folderWith({});
  const server = parts({ 'server.py': 'mcp = 1' });
  const kit = { ...server.kit, extras };
  mkdirSync(join(kit.packageFolder, 'stores'));
  writeFileSync(join(kit.packageFolder, 'stores', '__init__.py'), '');
  writeServer({ ...server, kit }, folder);
  const bundle = readFileSync(join(folder, 'vendor', 'mcp_kit', 'stores', 'rds-global-bundle.pem'), 'utf8');
  expect(bundle.match(/-----BEGIN CERTIFICATE-----/g)?.length).toBeGreaterThan(50);
  expect(hashOfServer({ ...server, kit })).not.toBe(hashOfServer(server));
  expect(pythonKit([RuntimePart.DYNAMODB_STORE]).extras.size).toBe(0);
});
