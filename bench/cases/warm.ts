import { bareBundle, environmentOf, kitBundle } from '../bundles.ts';
import { WarmFunction } from '../processes.ts';
import { report, type Verdict } from '../report.ts';
import { interleave } from '../stats.ts';

const CALLS = 400;

/** A warm function, called as Lambda calls it. */
export async function lambdaHost(rounds: number): Promise<Verdict[]> {
  return [
    ...(await compare('Lambda-shaped, warm tools/call', 'tools/call', 1, 1.1, rounds)),
    ...(await compare('Lambda-shaped, warm tools/list of 50 tools', 'tools/list', 50, 0.1, rounds)),
  ];
}

async function compare(
  title: string,
  method: string,
  tools: number,
  limit: number,
  rounds: number,
): Promise<Verdict[]> {
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
    for (const name of names) await functions[name].measure(method, CALLS * 5); // warm-up: the compiler settles
    const results = await interleave(names, rounds, async (name) => (await functions[name].measure(method, CALLS)).cpu);
    return report(title, 'µs CPU', results, [{ row: 'kit, memory', against: 'bare SDK', limit }]);
  } finally {
    for (const each of Object.values(functions)) each.stop();
  }
}
