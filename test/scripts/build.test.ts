import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freshClone, runScript } from './clone.ts';

let folder: string;
let bin: string;
let clone: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-kit-build-'));
  bin = join(folder, 'bin');
  mkdirSync(bin);
  clone = freshClone(folder, ['setup.mjs', 'build.mjs']);
  mkdirSync(join(clone, 'lambda/fastmcp/mcp_kit/__pycache__'), { recursive: true });
  for (const name of ['__init__.py', '__pycache__/a.pyc'])
    writeFileSync(join(clone, 'lambda/fastmcp/mcp_kit', name), '');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What npm does in the place of `npm ci`: a compiler that says for which project it was started, and makes its folder. */
const INSTALL = `
[ "$1" = ci ] || exit 1
case " $* " in *" --dry-run=false "*) ;; *) exit 1 ;; esac
mkdir -p node_modules/.bin
echo {} > node_modules/.package-lock.json
cat > node_modules/.bin/tsc <<'END'
require('node:fs').mkdirSync('dist/runtime', { recursive: true });
require('node:fs').appendFileSync('compiled.txt', process.argv.at(-1) + ' ');
process.exit(Number(process.env.TSC_CODE ?? 0));
END`;

function build(env: NodeJS.ProcessEnv = {}, npm = INSTALL): ReturnType<typeof runScript> {
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\n${npm}\n`, { mode: 0o755 });
  return runScript(clone, ['scripts/build.mjs'], { PATH: `${bin}:/bin:/usr/bin`, ...env });
}

test('right after a clone the build installs what it needs, and compiles both halves', () => {
  const { code, output } = build();
  expect(output).toContain('Installed npm dependencies');
  expect(code).toBe(0);
  expect(readFileSync(join(clone, 'compiled.txt'), 'utf8')).toBe('tsconfig.build.json tsconfig.runtime.json ');
  expect(JSON.parse(readFileSync(join(clone, 'dist/runtime/package.json'), 'utf8'))).toEqual({ type: 'module' });
});

test('the Python half is published as it is, without what running it left behind', () => {
  expect(build().code).toBe(0);
  expect(readdirSync(join(clone, 'dist/runtime/fastmcp/mcp_kit'))).toEqual(['__init__.py']);
});

test('what was built before is gone', () => {
  mkdirSync(join(clone, 'dist'));
  writeFileSync(join(clone, 'dist', 'old.js'), '');
  expect(build().code).toBe(0);
  expect(existsSync(join(clone, 'dist', 'old.js'))).toBe(false);
});

test('an error of the compiler ends the build with its code', () => {
  expect(build({ TSC_CODE: '2' }).code).toBe(2);
  expect(readFileSync(join(clone, 'compiled.txt'), 'utf8')).toBe('tsconfig.build.json ');
});

test('what cannot be installed is told in words', () => {
  const { code, output } = build({}, 'echo "npm error code EUSAGE" >&2; exit 1');
  expect(output).toContain('npm ci failed:\nnpm error code EUSAGE');
  expect(output).not.toContain('    at ');
  expect(code).toBe(1);
});
