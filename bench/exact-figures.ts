import type { Verdict } from './report.ts';
import { nodeStore, pythonStore, type StoreLoad, type StoreProcess } from './store-process.ts';
import type { BenchBackend, RunningServer, Side } from './stores/backend.ts';

/** One after the other: each verb so often, the entries being there. */
const OPERATIONS = 20;
const VERBS = ['put', 'get', 'getMany', 'take'] as const;
type Verb = (typeof VERBS)[number];
const TITLES: Readonly<Record<Verb, string>> = { put: 'put', get: 'get', getMany: 'getMany of 10', take: 'take' };
/** What the client alone is made to do: see `BareStore`. */
const BARE_VERBS: readonly Verb[] = ['put', 'get'];
const SIDES = { kit: 'kit', bare: 'client alone', python: 'py-key-value' } as const;

export interface ExactFigures {
  /** Kept for an entry. */
  readonly bytes: ReadonlyMap<Side, number>;
  readonly verdicts: readonly Verdict[];
}

/** What is the same in every run: bytes of an entry, and round trips of each verb. */
export async function exactFigures(
  name: string,
  backend: BenchBackend,
  server: RunningServer,
  python: string,
): Promise<ExactFigures> {
  const bytes = new Map<Side, number>();
  const calls = new Map<Side, Partial<Record<Verb, number>>>();
  const sides = (['kit', 'bare', 'python'] as const).filter((side) => side === 'kit' || backend[side] !== undefined);
  for (const side of sides) {
    const counter = await server.count?.();
    const url = counter?.url ?? server.url;
    const store =
      side === 'python'
        ? await pythonStore(python, backend.python ?? '', url)
        : await nodeStore(side, name, url, server.env ?? {});
    try {
      if (counter) calls.set(side, await countCalls(store, side, counter));
    } finally {
      await store.stop();
      await counter?.stop();
    }
    bytes.set(side, await server.bytes(side, python));
  }
  console.log(`\n${name}, exact figures`);
  const list = sides.map((side) => `${SIDES[side]} ${bytes.get(side)}`);
  console.log(`  bytes as stored for the 1 KB value: ${list.join(', ')}`);
  if (calls.size === 0) console.log('  no calls: the store runs in the process that uses it');
  for (const verb of calls.size > 0 ? VERBS : []) {
    const counts = sides.map((side) => `${SIDES[side]} ${calls.get(side)?.[verb] ?? '–'}`);
    console.log(`  round trips of ${TITLES[verb].padEnd(13)} ${counts.join(', ')}`);
  }
  const ours = calls.get('kit') ?? {};
  const unknown = { wall: NaN, cpu: NaN, server: NaN };
  const verdicts = VERBS.flatMap((verb) => {
    const ratio = ours[verb];
    if (ratio === undefined) return [];
    const miss = { verb, figure: 'calls', against: 'one call', kit: unknown, other: unknown } as const;
    return [{ what: `${name}: round trips of ${TITLES[verb]}`, ratio, limit: 1, reason: backend.reason?.(miss) }];
  });
  return { bytes, verdicts };
}

async function countCalls(
  store: StoreProcess,
  side: Side,
  counter: { calls(): number; reset(): void },
): Promise<Partial<Record<Verb, number>>> {
  const counts: Partial<Record<Verb, number>> = {};
  const verbs = side === 'bare' ? BARE_VERBS : VERBS;
  const run = (verb: StoreLoad['verb'], operations: number) => store.measure({ verb, operations, width: 1 });
  for (const verb of verbs) await run(verb, 1); // connections, scripts, indexes
  await run('put', OPERATIONS); // over entries, not over what a take leaves behind
  for (const verb of verbs) {
    counter.reset();
    await run(verb, OPERATIONS);
    counts[verb] = counter.calls() / OPERATIONS;
  }
  return counts;
}
