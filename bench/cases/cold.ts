import { startDynalite } from '../../test/support/dynalite.ts';
import { bareBundle, emptyBundle, environmentOf, kitBundle, type Shape } from '../bundles.ts';
import { coldStart } from '../processes.ts';
import { report, type Verdict } from '../report.ts';
import { interleave } from '../stats.ts';

interface Row {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  readonly call: string;
}

const kit = (shape: Shape, call: string, more: NodeJS.ProcessEnv = {}): Row => ({
  path: kitBundle(shape, 'lambda'),
  env: { ...environmentOf(shape), ...more },
  call,
});

/** From the import of a fresh process to its first answer: CPU, and the memory that it took. */
export async function coldStarts(rounds: number): Promise<Verdict[]> {
  const table = await startDynalite();
  await table.createTable('bench');
  const reachable = { AWS_ENDPOINT_URL: table.endpoint, BENCH_STORE: '1' };
  const aws = { ...environmentOf('dynamodb'), ...reachable };
  const rows: Record<string, Row> = {
    'empty module': { path: emptyBundle(), env: {}, call: '' },
    'bare SDK': { path: bareBundle('bare-lambda'), env: {}, call: 'tools/call' },
    'kit, memory': kit('memory', 'tools/call'),
    'kit, dynamodb': kit('dynamodb', 'tools/call'),
    'kit, dynamodb, jwt': kit('dynamodb, jwt', 'tools/call'),
    'kit, dynamodb, tool reads the store': kit('dynamodb', 'tools/call recall', reachable),
    'bare SDK, tool reads a table': { path: bareBundle('bare-dynamodb'), env: aws, call: 'tools/call recall' },
  };
  const memory: Record<string, number[]> = {};
  try {
    const results = await interleave(Object.keys(rows), rounds * 2, async (name) => {
      const { path, env, call } = rows[name] as Row;
      const { cpu, rss } = await coldStart(path, call, env);
      (memory[name] ??= []).push(rss);
      return cpu;
    });
    const verdicts = report('Cold start, import to first tools/call', 'ms CPU', results, [
      { row: 'kit, memory', against: 'bare SDK', limit: 1.15 },
      { row: 'kit, dynamodb', against: 'bare SDK', limit: 1.6 },
      { row: 'kit, dynamodb, tool reads the store', against: 'bare SDK', limit: 1.6 },
      { row: 'kit, dynamodb, tool reads the store', against: 'bare SDK, tool reads a table', limit: 1.15 },
    ]);
    report('Peak memory after the first tools/call', 'MiB', memory, []);
    return verdicts;
  } finally {
    await table.stop();
  }
}
