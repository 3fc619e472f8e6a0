import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const { MCP_KIT_PYTHON: python = '', MCP_KIT_PYTHON_SKIP: missing } = process.env;

/** Where this machine has no Python, nothing can be installed by it: the global set-up says why. */
export const describePython = missing === undefined ? describe : describe.skip;

/** Version of the Python of the tests: what it compiles can be run here. */
export const PYTHON_VERSION =
  missing === undefined
    ? execFileSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' }).trim()
    : '';

/**
 * An environment with uv, pip and Python for each test, and a cache of its own. uv is that of the machine; where there is
 * none, it comes from the package index.
 */
export function useInstallers(): { readonly home: string; onlyPip(): void } {
  const before = process.env;
  const home = mkdtempSync(join(tmpdir(), 'mcp-vendor-'));
  const bin = join(home, 'bin');
  let uv: string | undefined;

  beforeAll(() => {
    execFileSync('mkdir', ['-p', bin]);
    for (const name of ['python3', 'python']) {
      writeFileSync(join(bin, name), `#!/bin/sh\nexec "${python}" "$@"\n`);
      chmodSync(join(bin, name), 0o755);
    }
    if (spawnSync('uv', ['--version']).status === 0) return;
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--target', join(home, 'uv'), 'uv']);
    uv = join(home, 'uv', 'bin', 'uv');
  }, 120_000);

  beforeEach(() => {
    const PATH = `${bin}${delimiter}${before.PATH ?? ''}`;
    process.env = { ...before, PATH, CDK_HOME: join(home, 'cdk'), ...(uv !== undefined && { UV: uv }) };
  });

  afterEach(() => {
    process.env = before;
  });

  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });

  return {
    home,
    onlyPip: () => {
      process.env.PATH = bin;
      delete process.env.UV;
    },
  };
}
