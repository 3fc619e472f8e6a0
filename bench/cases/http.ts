import { bareBundle, environmentOf, kitBundle } from '../bundles.ts';
import { LoadedServer } from '../processes.ts';
import type { Load } from '../load.ts';
import { report, type Verdict } from '../report.ts';
import { interleave } from '../stats.ts';

/** The HTTP host of laptop and containers under load over loopback: CPU of the server for each answer, and its memory. */
export async function httpHost(rounds: number): Promise<Verdict[]> {
  const calls: Load = { title: 'warm tools/call', method: 'tools/call', tools: 1, calls: 600, limit: 1.15 };
  const lists: Load = { title: 'warm tools/list of 50 tools', method: 'tools/list', tools: 50, calls: 200, limit: 0.1 };
  return [...(await compare(calls, rounds)), ...(await compare(lists, rounds))];
}

async function compare({ title, method, tools, calls, limit }: Load, rounds: number): Promise<Verdict[]> {
  const env = { BENCH_TOOLS: `${tools}` };
  const servers = {
    'raw JSON (control)': await LoadedServer.start(bareBundle('raw-node'), {}),
    'bare SDK': await LoadedServer.start(bareBundle('bare-node'), env),
    'kit, memory': await LoadedServer.start(kitBundle('memory', 'node'), { ...environmentOf('memory'), ...env }),
  };
  const memory: Record<string, number[]> = {};
  try {
    const names = Object.keys(servers) as (keyof typeof servers)[];
    for (const name of names) await servers[name].measure(method, calls * 3); // warm-up: the compiler settles
    const results = await interleave(names, rounds, async (name) => {
      const { cpu, rss } = await servers[name].measure(method, calls);
      (memory[name] ??= []).push(rss);
      return cpu;
    });
    const verdicts = report(`Laptop host, ${title}, 8 at a time`, 'µs CPU', results, [
      { row: 'kit, memory', against: 'bare SDK', limit },
    ]);
    report(`Peak memory of the server, ${title}`, 'MiB', memory, []);
    return verdicts;
  } finally {
    for (const server of Object.values(servers)) server.stop();
  }
}
