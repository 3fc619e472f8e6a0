import { installPrograms } from '../../test/support/servers/programs.ts';
import { bytesOf, environmentOf, kitBundle, type Shape } from '../bundles.ts';
import { coldStart } from '../processes.ts';
import { report, type Verdict } from '../report.ts';
import { interleave } from '../stats.ts';
import { type BenchBackend, BENCH_BACKENDS, type RunningServer } from '../stores/backend.ts';

/** What the bundle of each adapter costs at the start, and what its first call to a server does. */
export async function adapters(rounds: number): Promise<Verdict[]> {
  await installPrograms(console.error);
  const servers = new Map<string, RunningServer>();
  try {
    for (const name of BENCH_BACKENDS) {
      const { backend } = (await import(`../stores/${name}.ts`)) as { backend: BenchBackend };
      if (!backend.bundled) continue;
      try {
        servers.set(name, await backend.start());
      } catch (error) {
        console.log(`\n${name}: not measured: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    printBytes([...servers.keys()]);
    return [...(await starts(servers, rounds)), ...(await firstCalls(servers, rounds))];
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}

function printBytes(names: readonly string[]): void {
  console.log('\nBytes of an adapter (code read at the start, and on demand: the client, at the first call)');
  for (const name of ['memory', ...names]) {
    const { start, onDemand } = bytesOf(kitBundle(name as Shape, 'lambda'));
    const columns = [start, onDemand].map((bytes) => bytes.toLocaleString('en').padStart(9));
    console.log(`  ${name.padEnd(12)} ${columns.join('  on demand ')}`);
  }
}

/** A call that does not touch the store: the client is not loaded. */
async function starts(servers: ReadonlyMap<string, RunningServer>, rounds: number): Promise<Verdict[]> {
  const results = await interleave(['memory', ...servers.keys()], rounds, async (name) => {
    const shape = name as Shape;
    return (await coldStart(kitBundle(shape, 'lambda'), 'tools/call', environment(shape, servers.get(name)))).cpu;
  });
  const targets = [...servers.keys()].map((row) => ({ row, against: 'memory', limit: 1.15 }));
  return report('Cold start of a bundle, to a tool that stores nothing', 'ms CPU', results, targets);
}

/** The first call to the store: the client is loaded and connects. */
async function firstCalls(servers: ReadonlyMap<string, RunningServer>, rounds: number): Promise<Verdict[]> {
  const results = await interleave(['memory', ...servers.keys()], rounds, async (name) => {
    const shape = name as Shape;
    const env = { ...environment(shape, servers.get(name)), BENCH_STORE: '1' };
    return (await coldStart(kitBundle(shape, 'lambda'), 'tools/call recall', env)).cpu;
  });
  return report('Cold start of a bundle, to a tool that has read the store', 'ms CPU', results, []);
}

function environment(shape: Shape, server: RunningServer | undefined): NodeJS.ProcessEnv {
  return { ...environmentOf(shape), ...server?.env, ...(server && { MCP_STORE_URL: server.url }) };
}
