import type { Client } from '@modelcontextprotocol/client';

import { connect, textOf } from './check-client.ts';

/** What clients do over and over. */
export interface LoadOptions {
  /** A call that tells which version answers. */
  readonly call: { readonly name: string; readonly arguments: Record<string, unknown> };
  /** A call that reports progress twelve times, and takes a while. */
  readonly stream: { readonly name: string; readonly arguments: Record<string, unknown> };
  /** What the result of `stream` is when none of it is missing. */
  readonly streamed: (text: string) => boolean;
}

/** What became of it. */
export interface LoadReport {
  readonly calls: number;
  readonly streams: number;
  /** What `call` has answered, in the order of the first answers. */
  readonly answers: readonly string[];
  /** Calls that failed, and streams that were cut. */
  readonly problems: readonly unknown[];
}

/** Progress notifications of a stream. */
const NOTES = 12;

/**
 * Clients that call a server without a pause: two with plain calls, each call with a connection of its own to a server that
 * keeps nothing, and two with a stream of progress open at any time, one in each era.
 */
export class Load {
  readonly #options: LoadOptions;
  readonly #url: string;
  readonly #problems: unknown[] = [];
  readonly #answers = new Set<string>();
  readonly #ended: Promise<unknown>;
  #calls = 0;
  #streams = 0;
  #running = true;

  constructor(url: string, options: LoadOptions) {
    this.#url = url;
    this.#options = options;
    this.#ended = Promise.all([
      this.#repeat('modern', (client) => this.#call(client)),
      this.#repeat('legacy', (client) => this.#call(client)),
      this.#repeat('modern', (client) => this.#stream(client)),
      this.#repeat('legacy', (client) => this.#stream(client)),
    ]);
  }

  /** Lets what is under way end. */
  async stop(): Promise<LoadReport> {
    this.#running = false;
    await this.#ended;
    return { calls: this.#calls, streams: this.#streams, answers: [...this.#answers], problems: this.#problems };
  }

  async #repeat(era: 'modern' | 'legacy', body: (client: Client) => Promise<void>): Promise<void> {
    while (this.#running) {
      try {
        const client = await connect(this.#url, era);
        await body(client);
        await client.close();
      } catch (error) {
        this.#problems.push(error);
      }
    }
  }

  async #call(client: Client): Promise<void> {
    const result = await client.callTool(this.#options.call);
    this.#calls++;
    if (result.isError) this.#problems.push(textOf(result));
    else this.#answers.add(textOf(result));
  }

  async #stream(client: Client): Promise<void> {
    let notes = 0;
    const result = await client.callTool(this.#options.stream, {
      onprogress: () => {
        notes++;
      },
    });
    this.#streams++;
    const text = textOf(result);
    if (notes !== NOTES || !this.#options.streamed(text)) this.#problems.push(`${notes} notifications, ${text}`);
  }
}
