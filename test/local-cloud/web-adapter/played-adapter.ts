import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { bytesOf } from '../../support/loopback.ts';
import type { RunningFunction } from '../function-runtime.ts';

/** What is read of an event of a Function URL. */
interface Event {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly requestContext: { readonly http: { readonly method: string } };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

const RUNTIME = '/2018-06-01/runtime';
const EXTENSION = '/2020-01-01/extension';

/**
 * Plays AWS Lambda Web Adapter where it cannot be compiled: registers as an extension, waits for the server to answer the
 * readiness check, and then calls it for each event and streams its answer back. It is no substitute for the real one in
 * what it does with rare requests; it keeps the contract of port, readiness and streaming.
 */
export class PlayedAdapter implements RunningFunction {
  readonly ended: Promise<string>;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #stopping = new AbortController();

  constructor(environment: Readonly<Record<string, string>>, log: (text: string) => void) {
    this.#environment = environment;
    this.ended = this.#run().then(
      () => 'done',
      (error: unknown) => {
        if (!this.#stopping.signal.aborted) log(`the played adapter: ${String(error)}`);
        return this.#stopping.signal.aborted ? 'SIGKILL' : 'exit code 1';
      },
    );
  }

  /** It works in the process of the tests. */
  processorTime(): number {
    return 0;
  }

  shutDown(): Promise<void> {
    return this.kill();
  }

  async kill(): Promise<void> {
    this.#stopping.abort();
    this.#agent.destroy();
    await this.ended;
  }

  async #run(): Promise<void> {
    const { AWS_LWA_READINESS_CHECK_PATH: path = '/', AWS_LWA_INVOKE_MODE: mode } = this.#environment;
    if (mode !== 'response_stream')
      throw new Error(`AWS_LWA_INVOKE_MODE is ${mode ?? 'not set'}: only streams are played`);
    const registered = await this.#lambda('POST', `${EXTENSION}/register`, {
      'Lambda-Extension-Name': 'lambda-adapter',
    });
    registered.resume();
    const extension = String(registered.headers['lambda-extension-identifier']);
    void this.#lambda('GET', `${EXTENSION}/event/next`, { 'Lambda-Extension-Identifier': extension }).catch(
      () => undefined,
    );
    await this.#ready(path);
    for (;;) await this.#serveNext();
  }

  async #ready(path: string): Promise<void> {
    for (;;) {
      const answer = await this.#server('GET', path, {}).catch(() => undefined);
      answer?.resume();
      if (answer !== undefined && (answer.statusCode ?? 500) < 500) return;
      await sleep(10, undefined, { signal: this.#stopping.signal });
    }
  }

  async #serveNext(): Promise<void> {
    const next = await this.#lambda('GET', `${RUNTIME}/invocation/next`, {});
    const id = String(next.headers['lambda-runtime-aws-request-id']);
    const event = JSON.parse((await bytesOf(next)).toString()) as Event;
    const answer = await this.#call(event).catch((error: unknown) => error as Error);
    if (answer instanceof Error) {
      const headers = { 'lambda-runtime-function-error-type': 'unhandled' };
      const text = JSON.stringify({ errorType: answer.name, errorMessage: answer.message });
      (await this.#lambda('POST', `${RUNTIME}/invocation/${id}/error`, headers, text)).resume();
    } else {
      (await this.#respond(id, answer)).resume();
    }
  }

  #call(event: Event): Promise<IncomingMessage> {
    const { rawPath, rawQueryString, headers, cookies, requestContext, body, isBase64Encoded } = event;
    const kept = Object.entries(headers).filter(
      ([name]) => !/^(?:content-length|transfer-encoding|connection)$/.test(name),
    );
    return this.#server(
      requestContext.http.method,
      rawPath + (rawQueryString === '' ? '' : `?${rawQueryString}`),
      {
        ...Object.fromEntries(kept),
        ...(cookies && { cookie: cookies.join(';') }),
        'x-amzn-request-context': JSON.stringify(requestContext),
      },
      Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
    );
  }

  /** The prelude with status, headers and cookies, and the body as it comes. */
  #respond(id: string, answer: IncomingMessage): Promise<IncomingMessage> {
    const { 'set-cookie': cookies = [], ...headers } = answer.headers;
    delete headers['transfer-encoding'];
    const prelude = { statusCode: answer.statusCode, headers, cookies };
    return new Promise((resolve, reject) => {
      const out = this.#open('POST', `${RUNTIME}/invocation/${id}/response`, {
        'Lambda-Runtime-Function-Response-Mode': 'streaming',
        'Content-Type': 'application/vnd.awslambda.http-integration-response',
        Trailer: ['Lambda-Runtime-Function-Error-Type', 'Lambda-Runtime-Function-Error-Body'],
      });
      out.on('response', resolve).on('error', reject);
      out.write(JSON.stringify(prelude) + '\0'.repeat(8));
      answer.on('error', (error) => {
        // Not a trailer: version 0.9.1 writes it into the body.
        out.end(`Lambda-Runtime-Function-Error-Type: ${error.name}\r\n`);
      });
      answer.pipe(out);
    });
  }

  #open(method: string, path: string, headers: Record<string, string | string[]>): ReturnType<typeof request> {
    const url = `http://${this.#environment.AWS_LAMBDA_RUNTIME_API ?? ''}${path}`;
    return request(url, { method, headers, agent: this.#agent, signal: this.#stopping.signal });
  }

  #lambda(method: string, path: string, headers: Record<string, string>, body = ''): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      this.#open(method, path, headers).on('response', resolve).on('error', reject).end(body);
    });
  }

  #server(method: string, path: string, headers: Record<string, string>, body?: Buffer): Promise<IncomingMessage> {
    const { HOST: host = '127.0.0.1', AWS_LWA_PORT: port = this.#environment.PORT ?? '8080' } = this.#environment;
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, signal: this.#stopping.signal };
      request(`http://${host}:${port}${path}`, options).on('response', resolve).on('error', reject).end(body);
    });
  }
}
