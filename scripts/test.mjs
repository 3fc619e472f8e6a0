// npm test: everything that a change must pass, step by step; the last line sums what really ran.
// Arguments go to jest and leave out the other steps: `npm test -- front`, `npm test -- -t 'rolls back'`.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

import { command, program, ROOT, run, setUp } from './setup.mjs';

const RESULTS = join(ROOT, '.cache', 'test');
const total = { passed: 0, failed: 0, skipped: 0 };
const broken = [];

await command(async () => {
  const ready = await setUp();
  const patterns = process.argv.slice(2);
  mkdirSync(RESULTS, { recursive: true });
  if (patterns.length === 0) {
    await step('type check', () => tool(ready, 'tsc', ['--noEmit', '--project', '.']));
    await step('lint', () => tool(ready, 'eslint', ['.']));
    await step('format', () => tool(ready, 'prettier', ['--check', '--log-level', 'warn', '.']));
  }
  await step('unit tests', () => jest(ready, 'unit', [], patterns));
  await step('end-to-end test', () => jest(ready, 'e2e', [], patterns));
  if (patterns.length === 0) await step('conformance', () => conformance(ready));
  else if (total.passed + total.failed === 0) broken.push(`no test ran for ${patterns.join(' ')}`);
  if (broken.length > 0) console.log(`failed: ${broken.join(', ')}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return broken.length === 0 && total.failed === 0 ? 0 : 1;
});

/** A step without tests of its own counts only when it fails: as one. */
async function step(name, body) {
  console.log(`\n── ${name}`);
  const started = Date.now();
  const { code, counts } = await body();
  for (const [key, value] of Object.entries(counts ?? {})) total[key] += value;
  if (code !== 0) {
    broken.push(name);
    if (!counts?.failed) total.failed += 1;
  }
  const told = counts ? `, ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped` : '';
  console.log(`── ${name}: ${code === 0 ? 'ok' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s${told}`);
}

async function tool(ready, name, args) {
  return { code: await run(ready, [program(name), ...args]) };
}

async function jest(ready, project, args, patterns) {
  const file = join(RESULTS, `${project}.json`);
  rmSync(file, { force: true });
  // Without a pattern each project has tests, or something is wrong; with one, it may mean the other project's.
  const flags = ['--selectProjects', project, ...(patterns.length > 0 ? ['--passWithNoTests'] : [])];
  const report = ['--json', `--outputFile=${file}`];
  const code = await run(ready, [program('jest'), ...flags, ...report, ...args, ...patterns], {
    stdio: ['inherit', 'ignore', 'inherit'], // the report is on stderr; stdout repeats the JSON
  });
  if (!existsSync(file)) return { code: code || 1 };
  const result = JSON.parse(readFileSync(file, 'utf8'));
  if (patterns.length === 0) tellSkipped(result.testResults);
  return {
    code,
    counts: {
      passed: result.numPassedTests,
      // A file that does not load has no tests to fail.
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
      skipped: result.numPendingTests + result.numTodoTests,
    },
  };
}

/** One line for each group of tests that did not run; its title says why. */
function tellSkipped(files) {
  for (const { name, assertionResults } of files) {
    const groups = assertionResults
      .filter(({ status }) => status === 'pending' || status === 'todo')
      .map(({ ancestorTitles, title }) => ancestorTitles[0] ?? title);
    for (const group of new Set(groups)) {
      const count = groups.filter((other) => other === group).length;
      console.log(`skipped: ${relative(ROOT, name)}, ${count} of its tests: ${group.replace(/^skipped: /, '')}`);
    }
  }
}

/**
 * The runner prints a row for each host and revision. What fails although it is expected to (the baseline, and extensions
 * outside the required sets) counts as skipped.
 */
async function conformance(ready) {
  const runner = 'test/conformance/run.ts';
  if (!existsSync(join(ROOT, runner))) return { code: 1 };
  const child = spawn(ready.node, ['--import', 'tsx', runner], {
    cwd: ROOT,
    env: ready.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) => resolve(exit ?? 1));
  });
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const rows = [...output.matchAll(/^(\S+) +\d{4}-\d\d-\d\d +(\d+)\/(\d+) +(as expected|FAILS)/gm)];
  for (const [, , passed, failed, verdict] of rows) {
    counts.passed += Number(passed);
    counts[verdict === 'FAILS' ? 'failed' : 'skipped'] += Number(failed);
  }
  return rows.length === 0 ? { code: code || 1 } : { code, counts };
}
