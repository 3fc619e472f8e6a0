/**
 * `npm run bench`: ratios against the bare SDK, both sides measured in this one run. See docs/benchmarks.md.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { clean } from './bundles.ts';
import { adapters } from './cases/adapters.ts';
import { bundleBytes } from './cases/bundle.ts';
import { coldStarts } from './cases/cold.ts';
import { containers } from './cases/containers.ts';
import { fastMcp } from './cases/fastmcp.ts';
import { fastMcpCold } from './cases/fastmcp-cold.ts';
import { httpHost } from './cases/http.ts';
import { synth } from './cases/synth.ts';
import { stores } from './cases/stores.ts';
import { lambdaHost } from './cases/warm.ts';
import { wrappers } from './cases/wrappers.ts';
import type { Verdict } from './report.ts';
import { machine } from './stats.ts';
import { BENCH_BACKENDS } from './stores/backend.ts';

const CASES: Readonly<Record<string, (rounds: number) => Promise<Verdict[]>>> = {
  bundle: bundleBytes,
  cold: coldStarts,
  warm: lambdaHost,
  http: httpHost,
  synth,
  stores,
  adapters,
  wrappers,
  fastmcp: fastMcp,
  'fastmcp-cold': fastMcpCold,
  containers,
};

const USAGE = `Usage: npm run bench [-- CASE …] [-- --rounds N]
Cases: ${Object.keys(CASES).join(', ')}; all of them when none is named.
BENCH_STORES=redis,disk picks the backends of the case stores; known: ${BENCH_BACKENDS.join(', ')}.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '11' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 3)
    throw new Error(`--rounds must be a whole number from 3, not ${values.rounds}`);
  const names = positionals.length > 0 ? positionals : Object.keys(CASES);
  console.log(machine());
  console.log(
    [
      '@modelcontextprotocol/server',
      '@modelcontextprotocol/node',
      '@aws-sdk/client-dynamodb',
      '@redis/client',
      'mongodb',
      'memcache',
      '@opensearch-project/opensearch',
      'aws-cdk-lib',
      'esbuild',
    ]
      .map((name) => `${name} ${installed(name)}`)
      .join(', '),
  );
  console.log(`${rounds} rounds, rows interleaved; CPU is user + system of the measured process`);
  clean();
  const verdicts: Verdict[] = [];
  for (const name of names) {
    const run = CASES[name];
    if (!run) throw new Error(`no case ${JSON.stringify(name)}\n${USAGE}`);
    verdicts.push(...(await run(rounds)));
  }
  if (verdicts.length > 0) console.log('\nTargets');
  for (const { what, ratio, limit, reason } of verdicts) {
    console.log(
      `  ${ratio <= limit ? 'met   ' : 'MISSED'}  ${(ratio < 0.1 ? ratio.toFixed(4) : ratio.toFixed(2)).padStart(6)} (≤ ${limit})  ${what}`,
    );
    if (ratio > limit && reason !== undefined) console.log(`          because ${reason}`);
  }
}

/** Read from disk: packages do not export their package.json. */
function installed(name: string): string {
  const path = `${__dirname}/../node_modules/${name}/package.json`;
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
