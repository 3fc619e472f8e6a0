import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { PreludeReader, ResponseStream, type StreamingInvocation } from './lambda-runtime.ts';

export interface FunctionUrlOptions {
  readonly handler: StreamingInvocation;
  /** Milliseconds that an invocation may take. */
  readonly timeoutMs?: number;
  /** What the event says about the caller. */
  readonly userArn?: string;
  /** Told of each invocation when it is over. */
  readonly onEnd?: (error: unknown) => void;
}

export interface FunctionUrl {
  readonly url: string;
  close(): Promise<void>;
}

/** Where every caller of the Function URL is, by what AWS says. */
export const CALLER = '203.0.113.7';

/** Domain of the function, as AWS tells it with each event; nothing resolves it. */
export const FUNCTION_DOMAIN = 'abcdefghij.lambda-url.us-east-1.on.aws';

/**
 * A Function URL with response streaming, on loopback: turns requests into events of payload format 2.0, and relays what
 * the handler writes as it comes. Unlike AWS it lets one instance serve several requests at once.
 */
export async function functionUrl(options: FunctionUrlOptions): Promise<FunctionUrl> {
  const server = createServer((request, response) => {
    invoke(options, request, response).catch((error: unknown) => {
      options.onEnd?.(error);
      if (!response.headersSent) response.writeHead(502);
      response.end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function invoke(options: FunctionUrlOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const reader = new PreludeReader();
  const stream = new ResponseStream((chunk) => {
    const body = reader.read(chunk);
    if (reader.head && !response.headersSent) {
      response.writeHead(reader.head.statusCode, reader.head.headers);
      response.flushHeaders();
    }
    return body.length === 0 || response.destroyed || response.write(body);
  });
  const until = Date.now() + (options.timeoutMs ?? 30_000);
  await options.handler(functionUrlEvent(request, Buffer.concat(chunks), options.userArn), stream, {
    awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    getRemainingTimeInMillis: () => until - Date.now(),
  });
  if (!stream.writableFinished) throw new Error('The handler has returned before its answer was written');
  if (!reader.head) throw new Error('The handler has sent no status');
  response.end();
  options.onEnd?.(undefined);
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */
export function functionUrlEvent(
  request: Pick<IncomingMessage, 'url' | 'method' | 'headers'>,
  body: Buffer,
  userArn?: string,
): Record<string, unknown> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const method = request.method ?? 'GET';
  const isText = /^(?:text\/|application\/(?:json|xml|javascript))/.test(
    request.headers['content-type'] ?? 'text/plain',
  );
  const time = new Date();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: {
      ...Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      'x-forwarded-for': CALLER,
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
    },
    requestContext: {
      accountId: userArn === undefined ? 'anonymous' : '111122223333',
      apiId: 'abcdefghij',
      domainName: FUNCTION_DOMAIN,
      domainPrefix: 'abcdefghij',
      http: {
        method,
        path: pathname,
        protocol: 'HTTP/1.1',
        sourceIp: CALLER,
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      routeKey: '$default',
      stage: '$default',
      time: time.toISOString(),
      timeEpoch: time.getTime(),
      ...(userArn !== undefined && {
        authorizer: {
          iam: {
            accessKey: 'AKIAIOSFODNN7EXAMPLE',
            accountId: '111122223333',
            callerId: 'AIDAEXAMPLE',
            userArn,
            userId: 'AIDAEXAMPLE',
          },
        },
      }),
    },
    ...(body.length > 0 && { body: isText ? body.toString('utf8') : body.toString('base64') }),
    isBase64Encoded: !isText && body.length > 0,
  };
}
