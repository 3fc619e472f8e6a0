import { bareBundle, environmentOf, kitBundle } from '../bundles.ts';
import { LoadedServer } from '../processes.ts';
import { report, type Verdict } from '../report.ts';
import { interleave } from '../stats.ts';

const CALLS = 600;

/** The HTTP host of laptop and containers under load over loopback: CPU of the server for each answer, and its memory. */
export async function httpHost(rounds: number): Promise<Verdict[]> {
  const servers = {
    'raw JSON (control)': await LoadedServer.start(bareBundle('raw-node'), {}),
    'bare SDK': await LoadedServer.start(bareBundle('bare-node'), {}),
    'kit, memory': await LoadedServer.start(kitBundle('memory', 'node'), environmentOf('memory')),
  };
  const memory: Record<string, number[]> = {};
  try {
    const names = Object.keys(servers) as (keyof typeof servers)[];
    for (const name of names) await servers[name].measure('tools/call', CALLS * 2);
    const results = await interleave(names, rounds, async (name) => {
      const { cpu, rss } = await servers[name].measure('tools/call', CALLS);
      (memory[name] ??= []).push(rss);
      return cpu;
    });
    const verdicts = report('Laptop host, warm tools/call, 8 at a time', 'µs CPU', results, [
      { row: 'kit, memory', against: 'bare SDK', limit: 1.15 },
    ]);
    report('Peak memory of the server under load', 'MiB', memory, []);
    return verdicts;
  } finally {
    for (const server of Object.values(servers)) server.stop();
  }
}
