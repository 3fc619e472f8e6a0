/**
 * Runs the conformance suite of MCP against the example with its fixtures: both required sets, on both hosts, on the very
 * bundles that a deployment would hold. Ends with an exit code of 1 when a required scenario fails.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import { bundle } from '../../lib/code/bundle.ts';
import { RuntimeHost, RuntimePart } from '../../lib/code/runtime-part.ts';
import { writeBundle } from '../../lib/code/write-bundle.ts';

interface Requirements {
  readonly revision: string;
  readonly baseline?: string;
}

interface Outcome {
  readonly host: string;
  readonly revision: string;
  readonly passed: number;
  readonly failed: number;
  /** Scenarios that fail and are required. */
  readonly failing: readonly string[];
  readonly exitCode: number;
}

const ROOT = join(__dirname, '..', '..');
const REQUIREMENTS: readonly Requirements[] = [
  { revision: '2026-07-28' },
  { revision: '2025-11-25', baseline: join(__dirname, 'baseline-2025-11-25.yml') },
];
const HOSTS = [
  { name: 'node', host: RuntimeHost.NODE, command: (file: string): string[] => [file] },
  {
    name: 'lambda',
    host: RuntimeHost.LAMBDA,
    command: (file: string): string[] => ['--import', 'tsx', join(__dirname, 'lambda-main.ts'), file],
  },
] as const;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-conformance-'));
  const outcomes: Outcome[] = [];
  try {
    for (const { name, host, command } of HOSTS) {
      const file = write(join(folder, name), host);
      const server = start(command(file));
      try {
        const url = await listening(server);
        for (const requirements of REQUIREMENTS) {
          outcomes.push(await referee(name, url, requirements, join(folder, `${name}-${requirements.revision}`)));
        }
      } finally {
        server.kill('SIGTERM');
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  report(outcomes);
  if (outcomes.some(({ exitCode }) => exitCode !== 0)) process.exitCode = 1;
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

function start(command: readonly string[]): ChildProcess {
  return spawn(process.execPath, command, {
    cwd: ROOT,
    env: {
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

async function referee(
  host: string,
  url: string,
  { revision, baseline }: Requirements,
  folder: string,
): Promise<Outcome> {
  const manifest = createRequire(__filename).resolve('@modelcontextprotocol/conformance/package.json');
  const judge = spawn(
    process.execPath,
    [
      join(dirname(manifest), 'dist', 'index.js'),
      'server',
      '--url',
      url,
      '--requirements',
      revision,
      '-o',
      folder,
      ...(baseline === undefined ? [] : ['--expected-failures', baseline]),
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [judge.stdout, judge.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    judge.once('error', reject);
    judge.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
  const [, passed = '0', failed = '0'] = /^Total: (\d+) passed, (\d+) failed/m.exec(output) ?? [];
  if (exitCode !== 0) process.stderr.write(output);
  const extensions = new Set([...output.matchAll(/^ {2}[✓✗] (\S+) \(/gm)].map(([, scenario]) => scenario));
  const failing = [...output.matchAll(/^✗ (\S+): /gm)].flatMap(([, scenario = '']) =>
    extensions.has(scenario) ? [] : [scenario],
  );
  return { host, revision, passed: Number(passed), failed: Number(failed), failing, exitCode };
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
