import { join } from 'node:path';

import { installPython } from '../../test/local-cloud/install.ts';
import { installPrograms } from '../../test/support/servers/programs.ts';
import { exactFigures } from '../exact-figures.ts';
import { report, type Verdict } from '../report.ts';
import { interleave, summarize } from '../stats.ts';
import { nodeStore, pythonStore, type StoreFigures, type StoreProcess } from '../store-process.ts';
import { type BenchBackend, BENCH_BACKENDS, type RunningServer, type Side } from '../stores/backend.ts';
import { clientAloneToo, type Miss, moreToRead, type RowFigures } from '../stores/reasons.ts';

const WIDTH = 64;
const SECONDS = 0.6;
const REQUIREMENTS = join(__dirname, '..', '..', 'test', 'support', 'py-key-value.txt');

/** Wall time: at least 0.8 times the throughput of the client alone, and twice that of py-key-value. */
const LIMITS = { 'client alone': 1.25, 'py-key-value': 0.5 } as const;
const P99_LIMIT = 1.25;

/** Each adapter against its client alone and against py-key-value, on one server, 64 operations under way at a time. */
export async function stores(rounds: number): Promise<Verdict[]> {
  const names = chosen();
  const python = await installPython(REQUIREMENTS, 'py-key-value from PyPI', console.error);
  await installPrograms(console.error);
  const verdicts: Verdict[] = [];
  for (const name of names) verdicts.push(...(await compare(name, rounds, python)));
  return verdicts;
}

/** All of them, or those that the environment names: `BENCH_STORES=redis,mongodb`. */
function chosen(): readonly string[] {
  const names = process.env.BENCH_STORES?.split(',').map((name) => name.trim()) ?? BENCH_BACKENDS;
  const known: readonly string[] = BENCH_BACKENDS;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`BENCH_STORES names no backend ${JSON.stringify(unknown)}; known: ${known.join(', ')}`);
  }
  return names;
}

async function compare(name: string, rounds: number, python: string): Promise<Verdict[]> {
  const { backend } = (await import(`../stores/${name}.ts`)) as { backend: BenchBackend };
  const server = await backend.start().catch((error: unknown) => {
    console.log(`\n${name}: not measured: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (!server) return [];
  const sides = new Map<string, StoreProcess>();
  try {
    const { bytes, verdicts: exact } = await exactFigures(name, backend, server, python);
    const verdicts = [...exact];
    sides.set('kit', await nodeStore('kit', name, server.url, server.env ?? {}));
    if (backend.bare) sides.set('client alone', await nodeStore('bare', name, server.url, server.env ?? {}));
    if (backend.python !== undefined) {
      sides.set('py-key-value', await pythonStore(python, backend.python, server.url));
    }
    for (const verb of ['get', 'put'] as const) {
      verdicts.push(...(await measure({ name, backend, server, sides, bytes, verb }, rounds)));
    }
    return verdicts;
  } finally {
    for (const side of sides.values()) await side.stop();
    await server.stop();
  }
}

interface Measured {
  readonly name: string;
  readonly backend: BenchBackend;
  readonly server: RunningServer;
  readonly sides: ReadonlyMap<string, StoreProcess>;
  readonly bytes: ReadonlyMap<Side, number>;
  readonly verb: 'get' | 'put';
}

async function measure({ name, backend, server, sides, bytes, verb }: Measured, rounds: number): Promise<Verdict[]> {
  const p99: Record<string, number[]> = {};
  const cpu: Record<string, number[]> = {};
  const load = { verb, seconds: backend.seconds ?? SECONDS, width: WIDTH };
  for (const side of sides.values()) await side.measure(load); // warm-up
  const wall = await interleave([...sides.keys()], rounds, async (row) => {
    const before = server.cpu?.() ?? NaN;
    const figures = (await sides.get(row)?.measure(load)) as StoreFigures;
    (p99[row] ??= []).push(figures.p99);
    (cpu[row] ??= []).push(figures.cpu);
    if (server.cpu) (cpu[`${row}, the server`] ??= []).push((server.cpu() - before) / figures.operations);
    return figures.wall;
  });
  const title = `${name}, ${verb} of 1 KB, ${WIDTH} at a time`;
  const others = (['client alone', 'py-key-value'] as const).filter((row) => sides.has(row));
  const figuresOf = (row: string): RowFigures => ({
    wall: summarize(wall[row] ?? []).median,
    cpu: summarize(cpu[row] ?? []).median,
    server: summarize(cpu[`${row}, the server`] ?? []).median,
  });
  const sizes = [bytes.get('kit') ?? NaN, bytes.get('bare') ?? NaN] as const;
  const explained = (verdicts: readonly Verdict[], figure: Miss['figure']): Verdict[] =>
    verdicts.map((verdict, index) => {
      const against = others[index] ?? 'client alone';
      const bare = sides.has('client alone') ? figuresOf('client alone') : undefined;
      const miss: Miss = { verb, figure, against, kit: figuresOf('kit'), other: figuresOf(against), bare };
      const reasons = [backend.reason?.(miss), clientAloneToo(miss), moreToRead(miss, sizes)].filter(
        (reason) => reason !== undefined,
      );
      return { ...verdict, ...(reasons.length > 0 && { reason: reasons.join('; ') }) };
    });
  report(`${title}, processor`, 'µs CPU per operation', cpu, []);
  const targets = others.map((against) => ({ row: 'kit', against, limit: LIMITS[against] }));
  const slow = targets
    .filter(({ against }) => against === 'client alone')
    .map((each) => ({ ...each, limit: P99_LIMIT }));
  return [
    ...explained(report(title, 'µs per operation', wall, targets), 'wall'),
    ...explained(report(`${title}, 99th percentile`, 'ms', p99, slow), 'p99'),
  ];
}
