import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { freePort } from '../../support/servers/free-port.ts';
import type { DeployedFunction } from '../deployed-function.ts';
import { FunctionProcess, type FunctionRuntime, type RunningFunction } from '../function-runtime.ts';
import { PlayedAdapter } from './played-adapter.ts';
import { canSandbox, sandbox } from './sandbox.ts';

export interface WebAdapterOptions {
  /** The program, as `installWebAdapter` answers it. @default - the tests play its part */
  readonly adapter?: string;
  /** Folder with the `python` of the function's runtime. */
  readonly python: string;
  /** Variables that the function gets besides, such as the certificates of this machine's own cache. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What the adapter of the layer is asked for; without it nothing would start the handler. */
const WRAPPER = '/opt/bootstrap';

/**
 * Runs a function that is an HTTP server behind AWS Lambda Web Adapter. The processes are those of an execution environment:
 * the adapter, which Lambda starts as an extension, and the handler, which the layer's wrapper starts in place of a Python
 * handler. They share the environment variables of the function.
 *
 * The port is another than on Lambda, where each environment has a network of its own.
 */
export async function webAdapterRuntime(options: WebAdapterOptions): Promise<FunctionRuntime> {
  const port = await freePort();
  return {
    start(fn, given, log): RunningFunction {
      if (given.AWS_LAMBDA_EXEC_WRAPPER !== WRAPPER) {
        throw new Error(`${fn.name} is not started by the adapter: AWS_LAMBDA_EXEC_WRAPPER is not ${WRAPPER}`);
      }
      return new AdaptedFunction(fn, { ...given, ...options.environment, ...onPort(given, port) }, log, options);
    },
  };
}

/** The variables that name the port, of those that the function has. */
function onPort(environment: Record<string, string>, port: number): Record<string, string> {
  const named = ['PORT', 'AWS_LWA_PORT', 'AWS_LWA_READINESS_CHECK_PORT'].filter((name) => environment[name]);
  return Object.fromEntries(named.map((name) => [name, String(port)]));
}

class AdaptedFunction implements RunningFunction {
  readonly ended: Promise<string>;
  readonly #function: FunctionProcess;
  readonly #adapter: RunningFunction;
  readonly #scratch: string;

  constructor(
    fn: DeployedFunction,
    environment: Record<string, string>,
    log: (text: string) => void,
    { adapter, python }: WebAdapterOptions,
  ) {
    this.#scratch = mkdtempSync(join(tmpdir(), 'mcp-kit-scratch-'));
    const { taskRoot, programs, command } = sandbox(fn.codeFolder, dirname(python), this.#scratch, fn.handler);
    const env = {
      ...environment,
      PATH: [programs, '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
      HOME: '/dev/null', // Lambda names a home that does not exist; below this nobody can make one, not even root
      LAMBDA_TASK_ROOT: taskRoot,
      ...(!canSandbox() && { TMPDIR: this.#scratch }),
    };
    this.#function = new FunctionProcess(command, { cwd: fn.codeFolder, env, log });
    this.#adapter =
      adapter === undefined
        ? new PlayedAdapter(env, log)
        : new FunctionProcess([adapter], { cwd: fn.codeFolder, env, log });
    this.ended = this.#end();
  }

  processorTime(): number | undefined {
    const [server, adapter] = [this.#function.processorTime(), this.#adapter.processorTime()];
    return server === undefined ? undefined : server + (adapter ?? 0);
  }

  async shutDown(): Promise<void> {
    await this.#function.shutDown(); // the adapter has asked for no shutdown event: it is ended without one
    await this.kill();
  }

  async kill(): Promise<void> {
    await Promise.all([this.#function.kill(), this.#adapter.kill()]);
    await this.ended;
  }

  /** An environment is over when the function or an extension is. */
  async #end(): Promise<string> {
    const how = await Promise.race([
      this.#function.ended.then((end) => `the function: ${end}`),
      this.#adapter.ended.then((end) => `the adapter: ${end}`),
    ]);
    await Promise.all([this.#function.kill(), this.#adapter.kill()]);
    const written = readdirSync(this.#scratch, { recursive: true, encoding: 'utf8' });
    rmSync(this.#scratch, { recursive: true, force: true });
    return written.length === 0 ? how : `${how}; it has written ${written.join(', ')}`;
  }
}
