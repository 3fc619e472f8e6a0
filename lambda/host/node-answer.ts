import type { IncomingMessage, ServerResponse } from 'node:http';

import type { App } from '../app.ts';
import type { HttpReply, HttpRequest } from './http.ts';
import { bodyTooLargeReply, jsonReply } from './replies.ts';
import { writeReply } from './write-reply.ts';

/** How long a client may go on sending a body that was refused, in milliseconds. */
const LINGER_MS = 1000;

/**
 * Answers one request of `node:http`.
 *
 * @throws when the answer cannot be written, or the client has gone
 */
export async function answer(
  app: Pick<App, 'handle' | 'maxBodyBytes'>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  origin: string,
): Promise<void> {
  const client = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) client.abort();
  });
  const target = incoming.url ?? '/';
  if (!target.startsWith('/')) {
    await write(
      outgoing,
      jsonReply(400, { error: 'bad_request', error_description: 'The request target must be a path' }),
      client.signal,
    );
    return;
  }
  const body = await readBody(incoming, app.maxBodyBytes);
  if (body === 'too-large') {
    await refuseBody(incoming, outgoing, app.maxBodyBytes);
    return;
  }
  const mark = target.indexOf('?');
  const request: HttpRequest = {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers: incoming.headers as Record<string, string | undefined>, // only set-cookie is a list, and no client sends it
    body,
    origin,
    signal: client.signal,
  };
  await write(outgoing, await app.handle(request), client.signal);
}

async function write(outgoing: ServerResponse, reply: HttpReply, signal: AbortSignal): Promise<void> {
  if (outgoing.destroyed) {
    if (reply.body instanceof ReadableStream) await reply.body.cancel();
    return;
  }
  const { body } = reply;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    const bodyless = reply.status === 204 || reply.status === 304;
    outgoing.writeHead(reply.status, bodyless ? reply.headers : { ...reply.headers, 'content-length': length });
    outgoing.end(body);
    return;
  }
  outgoing.writeHead(reply.status, reply.headers);
  await writeReply(outgoing, body, { signal, graceMs: 0 });
}

/**
 * Answers a client that is still sending. Closing at once would reset the connection, and the client would never read why:
 * what it sends is thrown away for a while.
 */
async function refuseBody(incoming: IncomingMessage, outgoing: ServerResponse, maxBytes: number): Promise<void> {
  const { status, headers, body = '' } = bodyTooLargeReply(maxBytes);
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  outgoing.write(body);
  incoming.resume();
  await new Promise<void>((resolve) => {
    const limit = setTimeout(resolve, LINGER_MS);
    for (const event of ['end', 'close', 'error']) {
      incoming.once(event, () => {
        clearTimeout(limit);
        resolve();
      });
    }
  });
  outgoing.end();
  incoming.destroy();
}

const EMPTY = Buffer.alloc(0);

/** The whole body; reads no further than the limit. */
function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | 'too-large'> {
  if (Number(incoming.headers['content-length']) > maxBytes) return Promise.resolve('too-large');
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] | undefined;
    let first: Buffer | undefined;
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        incoming.removeAllListeners('data');
        resolve('too-large');
      } else if (first === undefined) first = chunk;
      else (chunks ??= [first]).push(chunk);
    });
    incoming.once('end', () => {
      resolve(chunks ? Buffer.concat(chunks) : (first ?? EMPTY));
    });
    incoming.once('error', reject);
    incoming.once('close', () => {
      reject(new Error('The client has gone'));
    });
  });
}
