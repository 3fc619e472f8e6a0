import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { benchPython, pythonEnvironment } from '../fastmcp-servers.ts';
import { report, type Verdict } from '../report.ts';
import { ServedProcess } from '../served-process.ts';
import { interleave } from '../stats.ts';

const FIXTURE = join(__dirname, '..', 'fixtures', 'fastmcp', 'signed_in.py');

/**
 * Processor of a FastMCP server with OAuth from its start to its first answer: as the kit starts it, and without what the
 * kit does: the key handed over as text, from which FastMCP derives another one; modules that are not compiled; FastMCP's
 * own server and settings.
 */
export async function fastMcpCold(rounds: number): Promise<Verdict[]> {
  const python = await benchPython();
  const cold = mkdtempSync(join(tmpdir(), 'bench-pyc-'));
  const kit = ['-m', 'mcp_kit', 'serve', 'signed_in:mcp'];
  const wiring = { MCP_SERVER_NAME: 'bench', MCP_STORE_URL: 'memory:', MCP_AUTH: '{"mode":"server"}' };
  const common = { ...pythonEnvironment(), ...wiring, FASTMCP_HOME: cold };
  const rows: Record<string, { readonly args: readonly string[]; readonly env: Record<string, string> }> = {
    'the kit': { args: kit, env: { ...common, BENCH_KEY: 'bytes' } },
    'the kit, key as text': { args: kit, env: common },
    'the kit, modules not compiled': {
      args: kit,
      env: { ...common, BENCH_KEY: 'bytes', PYTHONPYCACHEPREFIX: cold, PYTHONDONTWRITEBYTECODE: '1' },
    },
    'FastMCP alone, key as text': { args: [FIXTURE], env: common },
  };
  const names = Object.keys(rows);
  try {
    const once = async (name: string): Promise<number> => {
      const server = await ServedProcess.start({ command: python, args: [], env: {}, ...rows[name] });
      const cpu = server.cpu();
      await server.stop();
      return cpu;
    };
    for (const name of names) await once(name); // modules are compiled, files are in memory
    const results = await interleave(names, rounds, once);
    const pairs = names.slice(1).map((row) => ({ row, against: 'the kit', limit: Infinity }));
    report('FastMCP with OAuth, from the start of the process to its first answer', 's CPU', results, pairs);
  } finally {
    rmSync(cold, { recursive: true, force: true });
  }
  return [];
}
