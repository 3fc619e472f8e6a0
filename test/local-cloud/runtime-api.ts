import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { functionUrlEvent } from '../support/function-url.ts';
import { bytesOf, listen, type Listening } from '../support/loopback.ts';
import type { DeployedFunction } from './deployed-function.ts';
import type { FunctionRuntime, RunningFunction } from './function-runtime.ts';
import { Invocations } from './invocations.ts';
import { lambdaEnvironment } from './lambda-environment.ts';

export interface RuntimeApiOptions {
  readonly runtime: FunctionRuntime;
  readonly function: DeployedFunction;
  /** Where AWS is: the one variable that the function would not have there. */
  readonly endpoint: string;
  /** Host name of the Function URL, told to the function with each event. */
  readonly domainName: string;
  /** Milliseconds that an initialization may take. @default - those of Lambda, 10000 */
  readonly initMs?: number;
}

/** What a start has cost. */
export interface StartFigures {
  /** Milliseconds from the start of the processes to the first `next`. */
  readonly initMs: number;
  /** Milliseconds of CPU until the status of the first answer; `undefined` where the system does not tell. */
  readonly processorMs: number | undefined;
}

/** What Lambda gives to an initialization; what takes longer is ended, and started again without that limit. */
const INIT_MS = 10_000;

/**
 * AWS's side of the contract with a function: the Lambda Runtime API, one execution environment, and a streaming Function URL
 * in front. One invocation at a time, as in Lambda; for a second environment beside it, start another.
 */
export class RuntimeApi {
  /** Origin of the Function URL. */
  readonly origin: string;
  readonly #options: RuntimeApiOptions;
  readonly #invocations: Invocations;
  readonly #servers: readonly Listening[];
  readonly #api: string;
  #running: RunningFunction | undefined;
  #initTimer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #initMs: number | undefined;
  #processorMs: number | undefined;
  #hasAnswered = false;
  #isStopped = false;
  #log = '';

  private constructor(options: RuntimeApiOptions, servers: readonly [Server, Server], listening: readonly Listening[]) {
    const [api, front] = servers;
    const [apiAt, frontAt] = listening;
    const { arn, name, handler, timeout } = options.function;
    this.#options = options;
    this.#servers = listening;
    this.#api = apiAt?.host ?? '';
    this.origin = `http://${frontAt?.host ?? ''}`;
    this.#invocations = new Invocations({
      ...{ arn, name, handler, timeout },
      log: this.#write,
      onInitialized: () => {
        clearTimeout(this.#initTimer);
        this.#initMs ??= performance.now() - this.#startedAt;
      },
      onHead: () => {
        if (!this.#hasAnswered) this.#processorMs = this.#running?.processorTime();
        this.#hasAnswered = true;
      },
    });
    api.on('request', (request, response) => void this.#invocations.answer(request, response));
    front.on('request', (request, response) => void this.#invoke(request, response));
    this.#initialize();
  }

  static async start(options: RuntimeApiOptions): Promise<RuntimeApi> {
    const servers = [createServer(), createServer()] as const;
    const listening = await Promise.all(servers.map((server) => listen(server)));
    try {
      return new RuntimeApi(options, servers, listening);
    } catch (error) {
      await Promise.all(listening.map((server) => server.stop()));
      throw error;
    }
  }

  /** What the function has logged. */
  get log(): string {
    return this.#log;
  }

  /** Names of the extensions that have registered in the environment that runs. */
  get extensions(): readonly string[] {
    return this.#invocations.extensions;
  }

  /** What the last start has cost; known after the first answer. */
  get figures(): StartFigures {
    if (this.#initMs === undefined || !this.#hasAnswered) throw new Error(`no answer yet:\n${this.#log}`);
    return { initMs: this.#initMs, processorMs: this.#processorMs };
  }

  /** Ends the environment as Lambda does when it has been idle for long, and starts another: a cold start. */
  async restart(): Promise<void> {
    clearTimeout(this.#initTimer);
    const before = this.#running;
    this.#running = undefined;
    await before?.shutDown();
    this.#invocations.forget();
    this.#initialize();
  }

  /** Ends the environment with SIGTERM, as Lambda does when it has been idle for long. Answers what the function ended with. */
  async shutDown(): Promise<string> {
    const running = this.#running;
    await running?.shutDown();
    return running?.ended ?? 'not running';
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#initTimer);
    const running = this.#running;
    this.#running = undefined;
    await running?.kill();
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  readonly #write = (text: string): void => {
    this.#log += text;
  };

  #start(): void {
    const { function: fn, endpoint, runtime } = this.#options;
    this.#startedAt = performance.now();
    this.#initMs = undefined;
    this.#hasAnswered = false;
    const running = runtime.start(fn, lambdaEnvironment(fn, this.#api, endpoint), this.#write);
    this.#running = running;
    void running.ended.then((how) => {
      this.#write(`\n(the runtime ended with ${how})`);
      if (this.#running !== running) return;
      clearTimeout(this.#initTimer);
      this.#running = undefined;
      this.#invocations.failAll();
    });
  }

  /** Starts an environment, and once more if it does not ask for an event in time. */
  #initialize(): void {
    this.#start();
    const limit = this.#options.initMs ?? INIT_MS;
    this.#initTimer = setTimeout(() => void this.#initTimedOut(limit), limit);
  }

  async #initTimedOut(limit: number): Promise<void> {
    this.#write(`\nINIT_REPORT Init Duration: ${limit} ms Phase: init Status: timeout\n`);
    const before = this.#running;
    this.#running = undefined;
    await before?.kill();
    this.#invocations.forget();
    if (!this.#isStopped) this.#start();
  }

  /** A request at the Function URL. */
  async #invoke(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const event = functionUrlEvent(request, body) as {
      requestContext: Record<string, unknown>;
      headers: Record<string, string>;
      cookies?: readonly string[];
    };
    event.requestContext.domainName = this.#options.domainName;
    event.headers.host = this.#options.domainName; // the name that the caller has asked, not ours
    const { cookie, ...headers } = event.headers;
    if (cookie !== undefined) Object.assign(event, { headers, cookies: cookie.split(/; */) });
    if (!this.#running && !this.#isStopped) this.#initialize(); // the one before has crashed
    this.#invocations.invoke(JSON.stringify(event), reply);
  }
}
