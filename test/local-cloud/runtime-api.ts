import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { functionUrlEvent } from '../support/function-url.ts';
import { PreludeReader } from '../support/lambda-runtime.ts';
import { REGION } from './environment.ts';
import { killGroup } from './run.ts';

/** A deployed function, as `GetFunction` describes it, unpacked. */
export interface DeployedFunction {
  /** Folder of the unpacked asset. */
  readonly codeFolder: string;
  readonly handler: string;
  readonly name: string;
  readonly arn: string;
  readonly memorySize: number;
  /** In seconds. */
  readonly timeout: number;
  /** The variables of the deployment. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface RuntimeApiOptions {
  /** Entry point of AWS's runtime client. */
  readonly runtimeClient: string;
  readonly function: DeployedFunction;
  /** Where AWS is: the one variable that the function would not have there. */
  readonly endpoint: string;
  /** Host name of the Function URL, told to the function with each event. */
  readonly domainName: string;
}

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly reply: ServerResponse;
}

const API = '/2018-06-01/runtime';

/**
 * AWS's side of the contract with a function: the Lambda Runtime API, one execution environment that runs AWS's own
 * runtime client, and a streaming Function URL in front. One invocation at a time, as in Lambda.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  /** Origin of the Function URL. */
  readonly origin: string;
  readonly #options: RuntimeApiOptions;
  readonly #api: Server;
  readonly #front: Server;
  readonly #waiting: Invocation[] = [];
  readonly #running = new Map<string, Invocation>();
  readonly #child: ChildProcess;
  #next: ServerResponse | undefined;
  #log = '';

  private constructor(options: RuntimeApiOptions, api: Server, front: Server) {
    this.#options = options;
    this.#api = api.on('request', (request, response) => void this.#answer(request, response));
    this.#front = front.on('request', (request, response) => void this.#invoke(request, response));
    this.origin = `http://127.0.0.1:${portOf(front)}`;
    const { function: fn, runtimeClient } = options;
    this.#child = spawn(process.execPath, [runtimeClient, fn.handler], {
      cwd: fn.codeFolder,
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => (this.#log += chunk));
    }
    this.#child.on('close', (code) => {
      for (const { reply } of [...this.#running.values(), ...this.#waiting]) fail(reply);
      this.#log += `\n(the runtime ended with ${String(code)})`;
    });
  }

  static async start(options: RuntimeApiOptions): Promise<RuntimeApi> {
    return new RuntimeApi(options, await listening(), await listening());
  }

  /** What the function has logged. */
  get log(): string {
    return this.#log;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      killGroup(this.#child.pid, 'SIGKILL');
      await ended;
    }
    await Promise.all(
      [this.#api, this.#front].map(
        (server) =>
          new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
          }),
      ),
    );
  }

  /** What Lambda gives to a function of this configuration, and the address of the local cloud. */
  #environment(): Record<string, string> {
    const { function: fn, endpoint } = this.#options;
    return {
      PATH: process.env.PATH ?? '',
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      ...fn.environment,
      _HANDLER: fn.handler,
      LAMBDA_TASK_ROOT: fn.codeFolder,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${portOf(this.#api)}`,
      AWS_LAMBDA_FUNCTION_NAME: fn.name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memorySize),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0] ?? ''}.x`,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: endpoint,
    };
  }

  /** A request at the Function URL. */
  async #invoke(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const event = functionUrlEvent(request, body) as { requestContext: Record<string, unknown> };
    event.requestContext.domainName = this.#options.domainName;
    this.#waiting.push({ id: randomUUID(), event: JSON.stringify(event), reply });
    this.#hand();
  }

  /** Gives the next invocation to the runtime, when both are there. */
  #hand(): void {
    const next = this.#next;
    if (!next || this.#waiting.length === 0) return;
    const invocation = this.#waiting.shift();
    if (!invocation) return;
    this.#next = undefined;
    this.#running.set(invocation.id, invocation);
    const { arn, timeout } = this.#options.function;
    next
      .writeHead(200, {
        'content-type': 'application/json',
        'Lambda-Runtime-Aws-Request-Id': invocation.id,
        'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeout * 1000),
        'Lambda-Runtime-Invoked-Function-Arn': arn,
        'Lambda-Runtime-Trace-Id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
      })
      .end(invocation.event);
  }

  /** A request of the runtime client. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path === `${API}/invocation/next`) {
      this.#next = response;
      response.on('close', () => {
        if (this.#next === response) this.#next = undefined;
      });
      this.#hand();
      return;
    }
    const [, id = '', verb] = new RegExp(`^${API}/invocation/([^/]+)/(response|error)$`).exec(path) ?? [];
    const invocation = this.#running.get(id);
    this.#running.delete(id);
    if (invocation && verb === 'response') await relay(request, invocation.reply);
    else {
      this.#log += (await bytesOf(request)).toString();
      if (invocation) fail(invocation.reply);
    }
    response.writeHead(202).end('{}');
  }
}

/** A streamed answer: a prelude with status and headers, then the body as it comes. */
async function relay(request: IncomingMessage, reply: ServerResponse): Promise<void> {
  const isStream = request.headers['lambda-runtime-function-response-mode'] === 'streaming';
  const hasPrelude = request.headers['content-type']?.includes('http-integration-response') === true;
  if (!isStream || !hasPrelude) {
    request.resume();
    fail(reply);
    return;
  }
  const prelude = new PreludeReader();
  try {
    for await (const chunk of request) {
      const body = prelude.read(chunk as Buffer);
      if (prelude.head && !reply.headersSent) {
        reply.writeHead(prelude.head.statusCode, prelude.head.headers);
        reply.flushHeaders();
      }
      if (body.length > 0) reply.write(body);
    }
  } catch {
    reply.destroy();
    return;
  }
  // An error in the middle of a stream arrives as a trailer; the client then sees a truncated answer.
  if (request.trailers['lambda-runtime-function-error-type'] !== undefined) reply.destroy();
  else if (prelude.head) reply.end();
  else fail(reply);
}

function fail(reply: ServerResponse): void {
  if (reply.headersSent) reply.destroy();
  else reply.writeHead(502, { 'content-type': 'application/json' }).end('{"message":"Internal Server Error"}');
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function listening(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
