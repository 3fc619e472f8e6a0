import { join } from 'node:path';

import { installPython } from '../../test/local-cloud/install.ts';
import { installPrograms } from '../../test/support/servers/programs.ts';
import { report, type Verdict } from '../report.ts';
import { interleave } from '../stats.ts';
import { nodeStore, pythonStore, type StoreFigures, type StoreProcess } from '../store-process.ts';
import { type BenchBackend, BENCH_BACKENDS } from '../stores/backend.ts';

const WIDTH = 64;
const OPERATIONS = 2000;
const REQUIREMENTS = join(__dirname, '..', '..', 'test', 'support', 'py-key-value.txt');

/** Each adapter against its client alone and against py-key-value, on one server, 64 operations under way at a time. */
export async function stores(rounds: number): Promise<Verdict[]> {
  const python = await installPython(REQUIREMENTS, 'py-key-value from PyPI', console.error);
  await installPrograms(console.error);
  const verdicts: Verdict[] = [];
  for (const name of chosen()) verdicts.push(...(await compare(name, rounds, python)));
  return verdicts;
}

/** All of them, or those that the environment names: `BENCH_STORES=redis,mongodb`. */
function chosen(): readonly string[] {
  const names = process.env.BENCH_STORES?.split(',');
  return names ?? BENCH_BACKENDS;
}

async function compare(name: string, rounds: number, python: string): Promise<Verdict[]> {
  const { backend } = (await import(`../stores/${name}.ts`)) as { backend: BenchBackend };
  const server = await backend.start().catch((error: unknown) => {
    console.log(`\n${name}: not measured: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (!server) return [];
  const sides = new Map<string, StoreProcess>();
  try {
    sides.set('kit', await nodeStore('kit', name, server.url, server.env ?? {}));
    sides.set('client alone', await nodeStore('bare', name, server.url, server.env ?? {}));
    if (backend.python !== undefined) {
      sides.set('py-key-value', await pythonStore(python, backend.python, server.url));
    }
    const verdicts: Verdict[] = [];
    for (const verb of ['get', 'put'] as const) {
      verdicts.push(...(await measure(name, verb, sides, rounds, backend.operations ?? OPERATIONS)));
    }
    return verdicts;
  } finally {
    for (const side of sides.values()) await side.stop();
    await server.stop();
  }
}

async function measure(
  name: string,
  verb: 'get' | 'put',
  sides: ReadonlyMap<string, StoreProcess>,
  rounds: number,
  operations: number,
): Promise<Verdict[]> {
  const p99: Record<string, number[]> = {};
  const cpu: Record<string, number[]> = {};
  const load = { verb, operations, width: WIDTH };
  for (const side of sides.values()) await side.measure(load); // warm-up
  const wall = await interleave([...sides.keys()], rounds, async (row) => {
    const figures = (await sides.get(row)?.measure(load)) as StoreFigures;
    (p99[row] ??= []).push(figures.p99);
    (cpu[row] ??= []).push(figures.cpu);
    return figures.wall;
  });
  const title = `${name}, ${verb} of 1 KB, ${WIDTH} at a time`;
  const python = sides.has('py-key-value') ? [{ row: 'kit', against: 'py-key-value', limit: 0.5 }] : [];
  report(`${title}, processor`, 'µs CPU per operation', cpu, []);
  return [
    ...report(title, 'µs per operation', wall, [{ row: 'kit', against: 'client alone', limit: 1.25 }, ...python]),
    ...report(`${title}, 99th percentile`, 'ms', p99, [{ row: 'kit', against: 'client alone', limit: 1.25 }]),
  ];
}
