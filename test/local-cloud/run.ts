import { spawn } from 'node:child_process';

export interface RunResult {
  readonly code: number;
  /** stdout and stderr, interleaved. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line as it comes. */
  readonly onLine?: (line: string) => void;
  /** Ends the program and its children. */
  readonly signal?: AbortSignal;
}

/** Runs a program to its end. It gets a process group of its own, so that aborting leaves no child behind. */
export function runToEnd(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    const kill = (): void => {
      killGroup(child.pid, 'SIGKILL');
    };
    process.once('exit', kill);
    options.signal?.addEventListener('abort', kill, { once: true });
    let output = '';
    let rest = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach((line) => options.onLine?.(line));
      });
    }
    const done = (): void => {
      process.off('exit', kill);
      options.signal?.removeEventListener('abort', kill);
    };
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('close', (code) => {
      done();
      if (options.signal?.aborted) reject(options.signal.reason as Error);
      else resolve({ code: code ?? 1, output });
    });
  });
}

/** Signals a process group; one that has ended already is fine. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
