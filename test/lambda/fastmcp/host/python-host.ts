import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where `mcp_kit` is. */
export const PACKAGE = join(__dirname, '..', '..', '..', '..', 'lambda', 'fastmcp');
const FIXTURES = join(__dirname, 'fixtures');

/** `python -m mcp_kit serve`, running. */
export interface PythonHost {
  /** Its origin, once it listens. */
  readonly url: string;
  /** The lines so far, parsed. */
  readonly lines: Record<string, unknown>[];
  /** All that it wrote, as text. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, or the signal. */
  ended(): Promise<number | string | null>;
}

export interface PythonHostOptions {
  /** `MODULE:OBJECT`. */
  readonly target?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** `dev` sets what is not set for a laptop. */
  readonly command?: 'serve' | 'dev';
  /** @default that of the global set-up, with FastMCP 4 */
  readonly python?: string;
}

// A start loads FastMCP: one second, and many on a machine that does other things besides.
jest.setTimeout(120_000);

const running = new Set<ChildProcess>();

/** Ends what tests have started and left. */
export function stopPythonHosts(): void {
  for (const child of running) child.kill('SIGKILL');
}

function start({
  target = 'server:mcp',
  env = {},
  cwd = FIXTURES,
  command = 'serve',
  python = process.env.MCP_KIT_PYTHON!,
}: PythonHostOptions): ChildProcess {
  const wiring = { MCP_SERVER_NAME: 'steps', MCP_STORE_URL: 'memory:', MCP_AUTH: '{"mode":"none"}' };
  const child = spawn(python, ['-m', 'mcp_kit', command, target], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PYTHONPATH: PACKAGE,
      PYTHONDONTWRITEBYTECODE: '1',
      ...(command === 'serve' && wiring),
      PORT: '0',
      ...env,
    },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Starts the host and waits until it listens. */
export async function startPythonHost(options: PythonHostOptions = {}): Promise<PythonHost> {
  const child = start(options);
  let output = '';
  let code: number | string | null | undefined;
  const exit = once(child, 'close').then(([status, signal]) => {
    code = (status as number | null) ?? (signal as string | null);
    return code;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const lines: Record<string, unknown>[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      output += `${line}\n`;
      const parsed = JSON.parse(line) as Record<string, unknown>;
      lines.push(parsed);
      if (parsed.message === 'listening') resolve(new URL(parsed.url as string).origin);
    });
    void exit.then((status) => {
      reject(new Error(`the host ended with ${status}: ${output}`));
    });
  });
  return {
    url,
    lines,
    output: () => output,
    kill: (signal) => child.kill(signal),
    ended: () => exit,
  };
}

/** Starts a host that cannot start: its exit code and what it says on standard error. */
export async function failedStart(options: PythonHostOptions): Promise<{ code: number | null; errors: string }> {
  const child = start(options);
  let errors = '';
  child.stdout!.resume();
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, errors };
}
