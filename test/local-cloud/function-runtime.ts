import { type ChildProcess, spawn } from 'node:child_process';

import type { DeployedFunction } from './deployed-function.ts';
import { processorTimeOf } from './processor-time.ts';
import { killGroup } from './run.ts';

/** What runs a function, and speaks the Runtime API for it. */
export interface FunctionRuntime {
  /** Starts one execution environment. `environment` is what the function gets of Lambda, and what it was deployed with. */
  start(fn: DeployedFunction, environment: Record<string, string>, log: (text: string) => void): RunningFunction;
}

/** One execution environment. */
export interface RunningFunction {
  /** Resolves when the function has ended, to what it ended with. */
  readonly ended: Promise<string>;
  /** Milliseconds of CPU that it has used so far; `undefined` where the system does not tell. */
  processorTime(): number | undefined;
  /** Ends it as Lambda does: SIGTERM to the function, and SIGKILL to what is left two seconds later. */
  shutDown(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** The time that Lambda gives to a function with extensions after SIGTERM. */
const SHUTDOWN_MS = 2_000;

/** None outlives the tests, however they end. */
const alive = new Set<ChildProcess>();

function endAll(): void {
  for (const { pid } of alive) killGroup(pid, 'SIGKILL');
}

/** A program in a process group of its own, whose output is gathered. */
export class FunctionProcess implements RunningFunction {
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;

  constructor(
    command: readonly string[],
    options: { readonly cwd: string; readonly env: Record<string, string>; readonly log: (text: string) => void },
  ) {
    const [file = '', ...args] = command;
    const { cwd, env, log } = options;
    this.#child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.setEncoding('utf8').on('data', log);
    if (alive.size === 0) process.once('exit', endAll);
    alive.add(this.#child);
    this.ended = new Promise((resolve) => {
      const done = (how: string): void => {
        alive.delete(this.#child);
        if (alive.size === 0) process.off('exit', endAll);
        resolve(how);
      };
      this.#child.on('error', (error) => {
        done(error.message);
      });
      this.#child.on('close', (code, signal) => {
        done(signal ?? `exit code ${String(code)}`);
      });
    });
  }

  processorTime(): number | undefined {
    return this.#child.pid === undefined ? undefined : processorTimeOf(this.#child.pid);
  }

  async shutDown(): Promise<void> {
    this.#signal('SIGTERM');
    const timer = setTimeout(() => {
      this.#signal('SIGKILL');
    }, SHUTDOWN_MS);
    await this.ended;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.ended;
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) killGroup(this.#child.pid, signal);
  }
}

/** AWS's own runtime client for Node, `aws-lambda-ric`. */
export function nodeRuntime(runtimeClient: string): FunctionRuntime {
  return {
    start: (fn, environment, log) =>
      new FunctionProcess([process.execPath, runtimeClient, fn.handler], {
        cwd: fn.codeFolder,
        env: { PATH: process.env.PATH ?? '', ...environment },
        log,
      }),
  };
}
