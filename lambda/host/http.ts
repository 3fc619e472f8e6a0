import type { ReadableStream } from 'node:stream/web';

/**
 * A request as every host hands it over. Not the web's `Request`: the first `Request` or `Response` of a process loads
 * undici, which costs a cold start 20 to 40 ms, and most answers of a server need neither.
 */
export interface HttpRequest {
  readonly method: string;
  /** Path as received, beginning with `/`, without the query. */
  readonly path: string;
  /** Query without `?`; empty when there is none. */
  readonly query: string;
  /** Names in lower case; a repeated header is joined with `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body, whole: bytes, or text where the host was given text (a Lambda event). */
  readonly body: Buffer | string;
  /** Public origin of the server: configured, or told by AWS itself. Never from Host or X-Forwarded-*. */
  readonly origin: string;
  /** Aborted when the client has gone or the time of the invocation runs out. */
  readonly signal: AbortSignal;
  /** ARN of the caller where AWS has checked a SigV4 signature. */
  readonly callerArn?: string;
}

/** An answer: whole (text or bytes), or a stream. */
export interface HttpReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>;
}

/** Answers any request; never rejects. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpReply>;
