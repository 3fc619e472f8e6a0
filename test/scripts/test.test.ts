import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freshClone, runScript } from './clone.ts';

let folder: string;
let clone: string;

/** What a stand-in for jest reports of one project. */
interface Report {
  readonly passed?: number;
  readonly failed?: number;
  readonly skipped?: readonly string[];
  readonly broken?: number;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-kit-test-'));
  clone = freshClone(folder, ['setup.mjs', 'test.mjs']);
  write('node_modules/.package-lock.json', '{}');
  write('node_modules/tsx/package.json', '{ "name": "tsx", "exports": "./index.mjs", "type": "module" }');
  write('node_modules/tsx/index.mjs', '');
  for (const name of ['tsc', 'eslint', 'prettier']) write(`node_modules/.bin/${name}`, '');
  write(...jestReporting({ passed: 3 }, { passed: 2 }));
  write(...conformance('node 2026-07-28 4/0 as expected\nlambda 2025-11-25 5/1 as expected', 0));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(join(clone, path, '..'), { recursive: true });
  writeFileSync(join(clone, path), text);
}

/** Like jest: without any test it fails, unless it is told to pass. */
const jestReporting = (unit: Report, e2e: Report): [path: string, text: string] => [
  'node_modules/.bin/jest',
  `const { unit, e2e } = ${JSON.stringify({ unit, e2e })};
   const args = process.argv.slice(2);
   const { passed = 0, failed = 0, skipped = [], broken = 0 } = args.includes('e2e') ? e2e : unit;
   const file = args.find((arg) => arg.startsWith('--outputFile=')).slice('--outputFile='.length);
   const assertionResults = skipped.map((title) => ({ status: 'pending', ancestorTitles: [title], title: 'a test' }));
   require('node:fs').writeFileSync(file, JSON.stringify({
     numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped.length, numTodoTests: 0,
     numRuntimeErrorTestSuites: broken, testResults: [{ name: process.cwd() + '/test/a.test.ts', assertionResults }],
   }));
   const none = passed + failed + skipped.length === 0 && !args.includes('--passWithNoTests');
   process.exit(none || failed > 0 || broken > 0 ? 1 : 0);`,
];

const conformance = (rows: string, code: number): [path: string, text: string] => [
  'test/conformance/run.ts',
  `console.log(${JSON.stringify(rows)}); process.exit(${code});`,
];

function npmTest(...args: string[]): { code: number | null; lines: string[] } {
  const { code, output } = runScript(clone, ['scripts/test.mjs', ...args]);
  return { code, lines: output.trim().split('\n') };
}

test('all is well: the last line counts the tests of every step', () => {
  const { code, lines } = npmTest();
  expect(lines.at(-1)).toBe('14 passed, 0 failed, 1 skipped');
  expect(code).toBe(0);
});

test.each<[string, string, [path: string, text: string]]>([
  ['a failed test', 'unit tests', jestReporting({ passed: 3, failed: 1 }, { passed: 2 })],
  ['a file that does not load', 'end-to-end test', jestReporting({ passed: 3 }, { passed: 2, broken: 1 })],
  ['a project without any test', 'end-to-end test', jestReporting({ passed: 3 }, {})],
  ['a broken rule', 'lint', ['node_modules/.bin/eslint', 'process.exit(1)']],
  ['a scenario that fails', 'conformance', conformance('node 2026-07-28 3/1 FAILS', 1)],
  ['a conformance run that says nothing', 'conformance', conformance('', 0)],
])('%s fails the command, and its step is named: %s', (_name, step, file) => {
  write(...file);
  const { code, lines } = npmTest();
  expect(code).toBe(1);
  expect(lines).toContain(`failed: ${step}`);
  expect(lines.at(-1)).toMatch(/^\d+ passed, 1 failed, \d+ skipped$/);
});

test('what was skipped is told in one line with its reason', () => {
  const why = 'skipped: no python3 on this machine';
  write(...jestReporting({ passed: 3, skipped: [why, why] }, { passed: 2 }));
  const { code, lines } = npmTest();
  expect(lines).toContain('skipped: test/a.test.ts, 2 of its tests: no python3 on this machine');
  expect(lines.at(-1)).toBe('14 passed, 0 failed, 3 skipped');
  expect(code).toBe(0);
});

describe('with a pattern', () => {
  test('one project may have no test for it, and the other steps are left out', () => {
    write(...jestReporting({ passed: 1 }, {}));
    const { code, lines } = npmTest('front');
    expect(lines.at(-1)).toBe('1 passed, 0 failed, 0 skipped');
    expect(lines.join()).not.toContain('conformance');
    expect(code).toBe(0);
  });

  test.each<[string, Report]>([
    ['no file', {}],
    ['no name of a test', { skipped: ['a', 'b'] }],
  ])('that matches %s the command fails', (_name, report) => {
    write(...jestReporting(report, {}));
    const { code, lines } = npmTest('-t', 'misspelt');
    expect(lines).toContain('failed: no test ran for -t misspelt');
    expect(code).toBe(1);
  });
});
