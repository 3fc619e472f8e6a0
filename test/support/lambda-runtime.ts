import { Writable } from 'node:stream';

/** What the runtime does with a handler that streams: the promise it returns, and where the answer goes. */
export type StreamingInvocation = (event: unknown, stream: ResponseStream, context: unknown) => Promise<void>;

const PRELUDE_END = Buffer.alloc(8);
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';

/**
 * The stream that AWS's Node runtime client hands to a handler. As there, the prelude with status and headers goes out
 * with the first `write`, and with nothing else: a handler that only calls `end` sends none.
 */
export class ResponseStream extends Writable {
  contentType: string | undefined;
  prelude: string | undefined;
  readonly #relay: (chunk: Buffer) => boolean | Promise<void>;

  constructor(relay: (chunk: Buffer) => boolean | Promise<void>) {
    super({ highWaterMark: 64 * 1024 });
    this.#relay = relay;
  }

  override write(chunk: unknown, ...rest: never[]): boolean {
    if (this.prelude !== undefined) {
      const head = this.prelude;
      this.prelude = undefined;
      super.write(head);
      super.write(PRELUDE_END);
    }
    return super.write(chunk, ...rest);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    Promise.resolve(this.#relay(chunk)).then(
      () => {
        done();
      },
      (error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }
}

/** The `awslambda` global of AWS's Node runtime, as far as handlers can see it. */
export const awslambda = {
  streamifyResponse: (handler: StreamingInvocation): StreamingInvocation => handler,
  HttpResponseStream: {
    from: (stream: ResponseStream, head: unknown): ResponseStream => {
      stream.contentType = PRELUDE_TYPE;
      stream.prelude = JSON.stringify(head);
      return stream;
    },
  },
};

/** Status and headers, out of the bytes that a handler has written. */
export class PreludeReader {
  #held = Buffer.alloc(0);
  head: { statusCode: number; headers: Record<string, string>; cookies?: readonly string[] } | undefined;

  /** @returns what of the chunk is body */
  read(chunk: Buffer): Buffer {
    if (this.head) return chunk;
    this.#held = Buffer.concat([this.#held, chunk]);
    const end = this.#held.indexOf(PRELUDE_END);
    if (end < 0) return Buffer.alloc(0);
    this.head = JSON.parse(this.#held.subarray(0, end).toString('utf8')) as NonNullable<PreludeReader['head']>;
    return this.#held.subarray(end + PRELUDE_END.length);
  }
}
