import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A required set of scenarios, and those of it that are known to fail. */
export interface Requirements {
  readonly revision: string;
  /** File with the scenarios that are expected to fail. @default - none */
  readonly baseline?: string;
}

/** What the referee said. */
export interface Outcome {
  readonly host: string;
  readonly revision: string;
  /** Checks, of which a scenario has several; those of extensions are among them. */
  readonly passed: number;
  readonly failed: number;
  /** Scenarios that fail and are required. */
  readonly failing: readonly string[];
  /** 0 when all that is required passes, or fails as expected. */
  readonly exitCode: number;
}

/** Both required sets, for servers in TypeScript. */
export const REQUIREMENTS: readonly Requirements[] = [
  { revision: '2026-07-28' },
  { revision: '2025-11-25', baseline: join(__dirname, 'baseline-2025-11-25.yml') },
];

/**
 * Runs the conformance suite of MCP against a server that has its fixtures.
 *
 * @param host name of the host, for the report
 * @param folder for what the suite writes
 */
export async function referee(
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
    { cwd: join(__dirname, '..', '..'), stdio: ['ignore', 'pipe', 'pipe'] },
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
  const [, passed = '0', failures = '0'] = /^Total: (\d+) passed, (\d+) failed/m.exec(output) ?? [];
  if (exitCode !== 0) process.stderr.write(output);
  const extensions = new Set([...output.matchAll(/^ {2}[✓✗] (\S+) \(/gm)].map(([, scenario]) => scenario));
  const failed = [...output.matchAll(/^✗ (\S+): /gm)].flatMap(([, scenario = '']) =>
    extensions.has(scenario) ? [] : [scenario],
  );
  // With a baseline the referee does not say which scenarios are not scored, but names those that are expected to fail.
  const expected = [...output.matchAll(/^ {2}~ ([^\s:]+)$/gm)].map(([, scenario = '']) => scenario);
  const failing = baseline === undefined ? failed : expected;
  return { host, revision, passed: Number(passed), failed: Number(failures), failing, exitCode };
}
