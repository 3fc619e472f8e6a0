import type { Writable } from 'node:stream';

/**
 * What AWS's Node runtime offers to a handler that streams, as far as it is used.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
 */
export interface LambdaRuntime {
  streamifyResponse(handler: StreamingHandler): LambdaHandler;
  readonly HttpResponseStream: {
    /** Sets status and headers, which are sent with the first write, not before. */
    from(
      stream: Writable,
      head: { readonly statusCode: number; readonly headers: Readonly<Record<string, string>> },
    ): Writable;
  };
}

export type StreamingHandler = (event: FunctionUrlEvent, stream: Writable, context: LambdaContext) => Promise<void>;

/** What `streamifyResponse` returns: only the runtime can call it. */
export type LambdaHandler = (...args: never[]) => unknown;

export interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/**
 * Event of a Function URL, payload format 2.0.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
export interface FunctionUrlEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Names in lower case; a repeated header is joined with commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: {
    readonly domainName: string;
    readonly http: { readonly method: string };
    /** Present when AWS has checked a signature. */
    readonly authorizer?: { readonly iam?: { readonly userArn?: string } };
  };
}

/**
 * @throws {Error} outside Lambda
 */
export function lambdaRuntime(): LambdaRuntime {
  const runtime = (globalThis as { awslambda?: LambdaRuntime }).awslambda;
  if (!runtime) {
    throw new Error(
      'This entry runs on AWS Lambda only; on other machines use the Node host: runNodeServer(served, parts)',
    );
  }
  return runtime;
}
