import type { Writable } from 'node:stream';

import { createApp } from '../app.ts';
import { errorFields } from '../log/error-fields.ts';
import { structuredLog } from '../log/structured-log.ts';
import { embeddedMetrics } from '../metrics/metrics.ts';
import type { RuntimeParts } from '../parts.ts';
import type { ServedServer } from '../serve.ts';
import { assertServed } from '../served.ts';
import { readWiring, type Wiring } from '../wiring.ts';
import type { HttpReply, HttpRequest } from './http.ts';
import { type FunctionUrlEvent, type LambdaHandler, lambdaRuntime } from './lambda-runtime.ts';
import { rpcErrorReply } from './replies.ts';
import { writeReply } from './write-reply.ts';

/** Time left to end streams and to write what is in the pipe, in milliseconds, before Lambda ends the invocation. */
const DEADLINE_MARGIN_MS = 1000;
/** How long an answer may go on after it was told to end. */
const GRACE_MS = 500;

/**
 * The handler of a Lambda function behind a Function URL with response streaming (payload format 2.0).
 *
 * The environment is read here, once: a deployment with a bad variable fails at its start, not at its first request.
 *
 * @throws {WiringError} when the environment is not complete
 * @throws {Error} outside Lambda
 */
export function lambdaHandler(
  served: ServedServer,
  parts: RuntimeParts,
  env: Readonly<Record<string, string | undefined>> = process.env,
): LambdaHandler {
  const runtime = lambdaRuntime();
  assertServed(served);
  const wiring = readWiring(env);
  const log = structuredLog({ serverName: wiring.serverName });
  const metrics = served.options.metrics ? embeddedMetrics(wiring.serverName) : undefined;
  const app = createApp(served, wiring, parts, { log, metrics });

  return runtime.streamifyResponse(async (event, stream, context) => {
    const client = new AbortController();
    const deadline = setTimeout(
      () => {
        app.endSubscriptions(); // they end with their result; what else is under way is told to stop
        client.abort(new DOMException('The time of the invocation has run out', 'TimeoutError'));
      },
      Math.max(0, context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS),
    );
    stream.on('error', () => {
      client.abort();
    });
    try {
      const reply = await app.handle(toRequest(event, wiring, client.signal));
      await send(stream, lateReply(reply), client.signal);
    } catch (error) {
      log.error('response failed', { ...errorFields(error), requestId: context.awsRequestId });
      stream.destroy();
    } finally {
      clearTimeout(deadline);
      await Promise.all([log.flush(), metrics?.flush()]); // after this the instance may be frozen for hours
    }
  });

  function send(stream: Writable, reply: HttpReply, signal: AbortSignal): Promise<void> {
    const head = { statusCode: reply.status, headers: reply.headers };
    return writeReply(runtime.HttpResponseStream.from(stream, head), reply.body, { signal, graceMs: GRACE_MS });
  }
}

function toRequest(event: FunctionUrlEvent, wiring: Wiring, signal: AbortSignal): HttpRequest {
  const { requestContext, body = '', isBase64Encoded } = event;
  return {
    method: requestContext.http.method,
    path: event.rawPath,
    query: event.rawQueryString,
    headers: event.headers,
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
    // AWS fills the domain name in; unlike the Host header it cannot be chosen by the client.
    origin: wiring.baseUrl ?? `https://${requestContext.domainName}`,
    signal,
    callerArn: requestContext.authorizer?.iam?.userArn,
  };
}

/** The SDK answers an aborted call as if the client had gone, but here the client still waits. */
function lateReply(reply: HttpReply): HttpReply {
  return reply.status === 499 ? rpcErrorReply(504, -32603, 'The call took longer than the server may run') : reply;
}
