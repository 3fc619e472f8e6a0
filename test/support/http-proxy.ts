import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';

import { bytesOf, listen } from './loopback.ts';
import type { Certificates } from './servers/certificates.ts';

/** A request as it was received. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** What the proxy does to one request. */
export type Treatment =
  /** Hands it on and the answer back. */
  | 'pass'
  /** Hands it on, waits for the answer, then resets the connection: the server has committed, the client cannot know. */
  | 'lose-answer'
  /** Resets the connection without handing anything on. */
  | 'reset'
  /** Never answers. */
  | 'hang'
  /** Begins an answer and never ends it. */
  | 'stall'
  /** Answers itself. */
  | { readonly status: number; readonly body: object }
  /** As `lose-answer`; this happens before the client can try again. */
  | { readonly loseAnswerAnd: () => Promise<unknown> };

export interface HttpProxy {
  readonly url: string;
  /** Requests since the last `reset`. */
  readonly seen: readonly SeenRequest[];
  /** Decides about each request from now on; `nth` counts them, from 1. */
  treat(decide: (request: SeenRequest, nth: number) => Treatment): void;
  /** Passes everything again and forgets what it has seen. */
  reset(): void;
  stop(): Promise<void>;
}

/** A proxy in front of an HTTP server that records requests, and breaks what it is told to break. */
export async function startHttpProxy(upstream: string, certificates?: Certificates): Promise<HttpProxy> {
  const seen: SeenRequest[] = [];
  let decide: (request: SeenRequest, nth: number) => Treatment = () => 'pass';

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = String(await bytesOf(incoming));
    const { method = '', url: target = '', headers } = incoming;
    const request: SeenRequest = { method, target, headers, body };
    seen.push(request);
    const treatment = decide(request, seen.length);
    if (treatment === 'hang') return;
    if (treatment === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (typeof treatment === 'object' && 'status' in treatment) {
      outgoing.writeHead(treatment.status, { 'content-type': 'application/json' }).end(JSON.stringify(treatment.body));
      return;
    }
    if (treatment === 'stall') {
      outgoing.writeHead(200, { 'content-type': 'application/json' }).write('{"found":');
      return;
    }
    const answer = await forward(upstream, request);
    if (treatment !== 'pass') {
      if (typeof treatment === 'object') await treatment.loseAnswerAnd();
      incoming.socket.resetAndDestroy();
      return;
    }
    outgoing.writeHead(answer.status, { 'content-type': answer.type, 'content-length': answer.body.length });
    outgoing.end(answer.body);
  };

  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  };
  const server = certificates
    ? https.createServer({ cert: readFileSync(certificates.cert), key: readFileSync(certificates.key) }, listener)
    : http.createServer(listener);
  const listening = await listen(server);
  return {
    url: `${certificates ? 'https' : 'http'}://${listening.host}`,
    seen,
    treat: (decision) => (decide = decision),
    reset: () => {
      decide = () => 'pass';
      seen.length = 0;
    },
    stop: () => listening.stop(),
  };
}

async function forward(
  upstream: string,
  { method, target, headers, body }: SeenRequest,
): Promise<{ status: number; type: string; body: Buffer }> {
  const own = { 'content-type': headers['content-type'] ?? '', 'content-length': Buffer.byteLength(body) };
  const outgoing = http.request(`${upstream}${target}`, { method, headers: body === '' ? {} : own });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { statusCode = 502, headers: answered } = response;
  return { status: statusCode, type: answered['content-type'] ?? 'text/plain', body: await bytesOf(response) };
}
