import { findProgram, installPrograms } from '../../test/support/servers/programs.ts';
import { startRedis } from '../../test/support/servers/redis.ts';
import { benchPython, type Language, startServer } from '../fastmcp-servers.ts';
import type { Era } from '../messages.mjs';
import { report, type Verdict } from '../report.ts';
import type { ServedProcess } from '../served-process.ts';
import { interleave } from '../stats.ts';

const SECONDS = 1;
const WIDTHS = [1, 16, 64] as const;

interface Row {
  readonly language: Language;
  readonly title: string;
  readonly store: string;
  readonly cached: boolean;
}

/**
 * TypeScript and FastMCP with the same tool, which waits 5 ms for an upstream service, as containers run them: uncached,
 * cached in memory, and cached in Valkey. There is no target: who chooses a language chooses its speed.
 */
export async function fastMcp(rounds: number): Promise<Verdict[]> {
  const python = await benchPython();
  await installPrograms(console.error, ['valkey', 'redis']);
  const { program = findProgram('redis').program, missing } = findProgram('valkey');
  const cache = findProgram('valkey').program ? 'Valkey' : 'Redis';
  if (!program) throw new Error(missing);
  const valkey = await startRedis(program);
  const rows = [
    ...both('uncached', 'memory:', false),
    ...both('cached in memory', 'memory:', true),
    ...both(`cached in ${cache}`, `valkey://127.0.0.1:${valkey.port}`, true),
  ];
  const servers = new Map<string, ServedProcess>();
  try {
    console.log(
      '\nFastMCP caches by mcp_kit.response_cache(). The kit has no response cache of TypeScript: its tool asks ctx.store itself.',
    );
    for (const row of rows) {
      const server = await startServer(row.language, python, row.store, row.cached);
      servers.set(row.title, server);
      await server.load(8, SECONDS); // the compiler settles, and the cache is filled
    }
    for (const width of WIDTHS) await compare(rows, servers, width, rounds, '2026-07-28');
    await compare(rows.slice(0, 2), servers, 16, rounds, '2025-11-25');
  } finally {
    for (const server of servers.values()) await server.stop();
    await valkey.stop();
  }
  return [];
}

function both(how: string, store: string, cached: boolean): Row[] {
  return [
    { language: 'typescript', title: `TypeScript, ${how}`, store, cached },
    { language: 'fastmcp', title: `FastMCP, ${how}`, store, cached },
  ];
}

function running(servers: ReadonlyMap<string, ServedProcess>, title: string): ServedProcess {
  const server = servers.get(title);
  if (!server) throw new Error(`no server ${title}`);
  return server;
}

async function compare(
  rows: readonly Row[],
  servers: ReadonlyMap<string, ServedProcess>,
  width: number,
  rounds: number,
  era: Era,
): Promise<void> {
  const titles = rows.map(({ title }) => title);
  const p99: Record<string, number[]> = {};
  const cpu: Record<string, number[]> = {};
  const perSecond = await interleave(titles, rounds, async (title) => {
    const figures = await running(servers, title).load(width, SECONDS, era);
    (p99[title] ??= []).push(figures.p99);
    (cpu[title] ??= []).push(figures.cpu);
    return figures.perSecond;
  });
  const pairs = titles
    .filter((title) => title.startsWith('FastMCP'))
    .map((row) => ({ row, against: row.replace('FastMCP', 'TypeScript'), limit: Infinity }));
  const load = `${width} at a time, a client of ${era}`;
  report(`One tool over HTTP, ${load}`, 'calls a second', perSecond, pairs);
  report(`The slowest of a hundred, ${load}`, 'ms', p99, pairs);
  report(`Processor of the server, ${load}`, 'ms CPU a call', cpu, pairs);
}
