import { bareBundle, environmentOf, kitBundle } from '../bundles.ts';
import { WarmFunction } from '../processes.ts';
import type { Load } from '../load.ts';
import { report, type Verdict } from '../report.ts';
import { interleave } from '../stats.ts';

/** A warm function, called as Lambda calls it. */
export async function lambdaHost(rounds: number): Promise<Verdict[]> {
  const call: Load = { title: 'warm tools/call', method: 'tools/call', tools: 1, calls: 1000, limit: 1.1 };
  const list: Load = { title: 'warm tools/list of 50 tools', method: 'tools/list', tools: 50, calls: 100, limit: 0.1 };
  return [...(await compare(call, rounds)), ...(await compare(list, rounds))];
}

async function compare({ title, method, tools, calls, limit }: Load, rounds: number): Promise<Verdict[]> {
  const env = { BENCH_TOOLS: `${tools}` };
  const functions = {
    'bare SDK': await WarmFunction.start(bareBundle('bare-lambda'), env),
    'kit, memory': await WarmFunction.start(kitBundle('memory', 'lambda'), { ...environmentOf('memory'), ...env }),
    'kit, dynamodb': await WarmFunction.start(kitBundle('dynamodb', 'lambda'), {
      ...environmentOf('dynamodb'),
      ...env,
    }),
  };
  try {
    const names = Object.keys(functions) as (keyof typeof functions)[];
    for (const name of names) await functions[name].measure(method, calls * 4); // warm-up: the compiler settles
    const results = await interleave(names, rounds, async (name) => (await functions[name].measure(method, calls)).cpu);
    return report(`Lambda-shaped, ${title}`, 'µs CPU', results, [{ row: 'kit, memory', against: 'bare SDK', limit }]);
  } finally {
    for (const each of Object.values(functions)) each.stop();
  }
}
