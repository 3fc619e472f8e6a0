import type { IncomingMessage, ServerResponse } from 'node:http';

import { PreludeReader } from '../support/lambda-runtime.ts';

/**
 * Sends a streamed answer on as it comes: a prelude with status and headers, then the body.
 *
 * @param onHead called when the status goes out
 */
export async function relay(request: IncomingMessage, reply: ServerResponse, onHead: () => void): Promise<void> {
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
        const { statusCode, headers, cookies = [] } = prelude.head;
        reply.writeHead(statusCode, { ...headers, ...(cookies.length > 0 && { 'set-cookie': [...cookies] }) });
        reply.flushHeaders();
        onHead();
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

/** What a Function URL answers when the function has failed; a truncated answer when it had begun to answer. */
export function fail(reply: ServerResponse): void {
  if (reply.headersSent) reply.destroy();
  else reply.writeHead(502, { 'content-type': 'application/json' }).end('{"message":"Internal Server Error"}');
}
