/**
 * Runs the conformance suite of MCP against the example with its fixtures: both required sets, on both hosts, on the very
 * bundles that a deployment would hold; and against the same fixtures in FastMCP on the Python host. Ends with an exit code of
 * 1 when a required scenario fails that is in no baseline.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { bundle } from '../../lib/code/bundle.ts';
import { RuntimeHost, RuntimePart } from '../../lib/code/runtime-part.ts';
import { writeBundle } from '../../lib/code/write-bundle.ts';
import { installPython, Unavailable } from '../local-cloud/install.ts';
import { type Outcome, referee, REQUIREMENTS, type Requirements } from './referee.ts';

const ROOT = join(__dirname, '..', '..');
const HOSTS = [
  { name: 'node', host: RuntimeHost.NODE, command: (file: string): string[] => [file] },
  {
    name: 'lambda',
    host: RuntimeHost.LAMBDA,
    command: (file: string): string[] => ['--import', 'tsx', join(__dirname, 'lambda-main.ts'), file],
  },
] as const;
/** What FastMCP passes is its makers' affair; the baseline is what it failed when this was written. */
const FASTMCP_REQUIREMENTS: readonly Requirements[] = [
  { revision: '2026-07-28' },
  { revision: '2025-11-25', baseline: join(__dirname, 'baseline-fastmcp-2025-11-25.yml') },
];

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-conformance-'));
  const outcomes: Outcome[] = [];
  try {
    for (const { name, host, command } of HOSTS) {
      const file = write(join(folder, name), host);
      const server = start(process.execPath, command(file), ROOT);
      outcomes.push(...(await judged(name, server, REQUIREMENTS, folder)));
    }
    const server = await startFastMcp();
    if (server) outcomes.push(...(await judged('fastmcp', server, FASTMCP_REQUIREMENTS, folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  report(outcomes);
  if (outcomes.some(({ exitCode }) => exitCode !== 0)) process.exitCode = 1;
}

/** Asks the referee about a server, which is stopped afterwards. */
async function judged(
  name: string,
  server: ChildProcess,
  all: readonly Requirements[],
  folder: string,
): Promise<Outcome[]> {
  try {
    const url = await listening(server);
    const outcomes: Outcome[] = [];
    for (const requirements of all) {
      outcomes.push(await referee(name, url, requirements, join(folder, `${name}-${requirements.revision}`)));
    }
    return outcomes;
  } finally {
    server.kill('SIGTERM');
  }
}

/** The FastMCP fixtures on the Python host; undefined, and said, where this machine has no Python for them. */
async function startFastMcp(): Promise<ChildProcess | undefined> {
  let python = process.env.MCP_KIT_PYTHON;
  try {
    python ??= await installPython(
      join(ROOT, 'test', 'support', 'py-key-value.txt'),
      'FastMCP and py-key-value from PyPI, about 120 MB',
      (line) => process.stderr.write(`${line}\n`),
    );
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`fastmcp skipped: ${error.message}`);
    return undefined;
  }
  return start(python, ['-m', 'mcp_kit', 'serve', 'server:mcp'], join(ROOT, 'examples', 'conformance', 'fastmcp'));
}

function write(folder: string, host: RuntimeHost): string {
  const made = bundle({
    entry: join(ROOT, 'examples', 'conformance', 'server.ts'),
    host,
    parts: [RuntimePart.MEMORY_STORE],
    settings: {},
  });
  return writeBundle(made, folder);
}

function start(program: string, command: readonly string[], cwd: string): ChildProcess {
  return spawn(program, command, {
    cwd,
    env: {
      PYTHONPATH: join(ROOT, 'lambda', 'fastmcp'),
      PYTHONDONTWRITEBYTECODE: '1',
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      MCP_SERVER_NAME: 'conformance',
      MCP_STORE_URL: 'memory:',
      MCP_AUTH: '{"mode":"none"}',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Waits for the line that says where the server listens. */
async function listening(server: ChildProcess): Promise<string> {
  if (!server.stdout) throw new Error('The server has no output');
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url !== undefined) {
      server.stdout.resume();
      return url;
    }
  }
  throw new Error(`The server ended before it listened (exit code ${String(server.exitCode)})`);
}

function report(outcomes: readonly Outcome[]): void {
  console.log('host    revision    checks passed/failed   verdict      failing, required and in the baseline');
  for (const { host, revision, passed, failed, failing, exitCode } of outcomes) {
    const verdict = exitCode === 0 ? 'as expected' : 'FAILS';
    const checks = `${passed}/${failed}`;
    console.log(
      `${host.padEnd(7)} ${revision}  ${checks.padEnd(21)}  ${verdict.padEnd(11)}  ${failing.length === 0 ? 'none' : failing.join(', ')}`,
    );
  }
  console.log('Checks that fail beyond these belong to extensions that are not part of the required sets (tasks).');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
