import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { bytesOf } from '../support/loopback.ts';
import { fail, relay } from './function-relay.ts';

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly reply: ServerResponse;
}

const RUNTIME = '/2018-06-01/runtime';
const EXTENSION = '/2020-01-01/extension';

export interface InvocationsOptions {
  readonly arn: string;
  readonly name: string;
  readonly handler: string;
  /** In seconds. */
  readonly timeout: number;
  /** Gets what the runtime reports. */
  readonly log: (text: string) => void;
  /** Called when the runtime asks for its first event: its initialization is over. */
  readonly onInitialized: () => void;
  /** Called when the status of an answer goes out. */
  readonly onHead: () => void;
}

/**
 * The HTTP interfaces that Lambda has for what runs in one execution environment: the Runtime API, which hands out one event
 * at a time, and of the Extensions API what an extension without events uses.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
export class Invocations {
  /** Names of the extensions that have registered. */
  readonly extensions: string[] = [];
  readonly #options: InvocationsOptions;
  readonly #waiting: Invocation[] = [];
  readonly #running = new Map<string, Invocation>();
  #next: ServerResponse | undefined;

  constructor(options: InvocationsOptions) {
    this.#options = options;
  }

  /** Hands an event to the runtime when it asks for one, and the answer of the function to the caller. */
  invoke(event: string, reply: ServerResponse): void {
    this.#waiting.push({ id: randomUUID(), event, reply });
    this.#hand();
  }

  /** The runtime has ended: who waits for it hears of that. */
  failAll(): void {
    for (const { reply } of [...this.#running.values(), ...this.#waiting.splice(0)]) fail(reply);
    this.forget();
  }

  /** What was under way belongs to an execution environment that is no more. */
  forget(): void {
    this.#running.clear();
    this.#next = undefined;
    this.extensions.length = 0;
  }

  /** A request of the runtime or of an extension. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path === `${RUNTIME}/invocation/next`) this.#ask(response);
    else if (path === `${EXTENSION}/register`) this.#register(request, response);
    // It has asked for no events, and waits here until the environment ends.
    else if (path !== `${EXTENSION}/event/next`) await this.#report(path, request, response);
  }

  #ask(response: ServerResponse): void {
    this.#options.onInitialized();
    this.#next = response;
    response.on('close', () => {
      if (this.#next === response) this.#next = undefined;
    });
    this.#hand();
  }

  #register(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const name = request.headers['lambda-extension-name'];
    if (typeof name !== 'string') {
      response.writeHead(403, { 'content-type': 'application/json' }).end('{"errorType":"Extension.MissingHeader"}');
      return;
    }
    this.extensions.push(name);
    const { name: functionName, handler } = this.#options;
    response
      .writeHead(200, { 'content-type': 'application/json', 'Lambda-Extension-Identifier': randomUUID() })
      .end(JSON.stringify({ functionName, functionVersion: '$LATEST', handler }));
  }

  async #report(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', verb] = new RegExp(`^${RUNTIME}/invocation/([^/]+)/(response|error)$`).exec(path) ?? [];
    const invocation = this.#running.get(id);
    this.#running.delete(id);
    if (invocation && verb === 'response') await relay(request, invocation.reply, this.#options.onHead);
    else {
      this.#options.log((await bytesOf(request)).toString());
      if (invocation) fail(invocation.reply);
    }
    response.writeHead(202).end('{}');
  }

  /** Gives the next event to the runtime, when both are there. */
  #hand(): void {
    const next = this.#next;
    const invocation = next && this.#waiting.shift();
    if (!invocation) return;
    this.#next = undefined;
    this.#running.set(invocation.id, invocation);
    const { arn, timeout } = this.#options;
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
}
