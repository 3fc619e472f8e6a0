import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

import { bytesOf, listen } from './loopback.ts';

/** What the proxy does to one request. */
export type Fault =
  /** Hands it on and the answer back. */
  | { readonly kind: 'pass' }
  /** Hands it on, waits for the answer, then resets the connection: the server has committed, the client cannot know.
   * `meanwhile` happens before the client can try again. */
  | { readonly kind: 'lose-answer'; meanwhile?(): Promise<unknown> }
  /** Resets the connection without handing anything on. */
  | { readonly kind: 'reset' }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Answers itself. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: object }
  /** Hands on a changed request and changes the answer. */
  | { readonly kind: 'change'; request(body: never): object; answer(body: never): object };

/** One request as faults see it. `nth` counts the requests of this operation, from 1. */
export interface SeenRequest {
  readonly operation: string;
  readonly body: Record<string, unknown>;
  readonly nth: number;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** Requests seen since the last `reset`, by operation. */
  readonly counts: ReadonlyMap<string, number>;
  /** Decides about each request from now on. */
  inject(decide: (request: SeenRequest) => Fault | undefined): void;
  /** Passes everything again and forgets the counts. */
  reset(): void;
  /** Ends its connections and listens no more, as an endpoint that has gone. */
  kill(): Promise<void>;
  /** Listens again on the same port, after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** An HTTP proxy in front of DynamoDB that breaks what it is told to break. */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const counts = new Map<string, number>();
  let decide: (request: SeenRequest) => Fault | undefined = () => undefined;

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const text = String(await bytesOf(incoming));
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const nth = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, nth);
    const body = JSON.parse(text) as Record<string, unknown>;
    const fault = decide({ operation, body, nth }) ?? { kind: 'pass' };
    switch (fault.kind) {
      case 'hang':
        return;
      case 'reset':
        incoming.socket.resetAndDestroy();
        return;
      case 'answer':
        outgoing.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.0' });
        outgoing.end(JSON.stringify(fault.body));
        return;
      case 'lose-answer':
        await forward(upstream, incoming, text);
        await fault.meanwhile?.();
        incoming.socket.resetAndDestroy();
        return;
      case 'change': {
        const answer = await forward(upstream, incoming, JSON.stringify(fault.request(body as never)));
        outgoing.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
        outgoing.end(JSON.stringify(fault.answer(JSON.parse(answer.text) as never)));
        return;
      }
      case 'pass': {
        const answer = await forward(upstream, incoming, text);
        outgoing.writeHead(answer.status, answer.headers);
        outgoing.end(answer.text);
      }
    }
  };

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  const listening = await listen(server);
  return {
    endpoint: `http://${listening.host}`,
    counts,
    inject: (decision) => (decide = decision),
    reset: () => {
      decide = () => undefined;
      counts.clear();
    },
    kill: () => listening.stop(),
    restart: async () => {
      await listen(server, Number(listening.host.split(':')[1]));
    },
    stop: () => listening.stop(),
  };
}

async function forward(
  upstream: string,
  incoming: IncomingMessage,
  text: string,
): Promise<{ status: number; headers: Record<string, string>; text: string }> {
  const headers = { ...incoming.headers, 'content-length': String(Buffer.byteLength(text)) };
  delete headers.host;
  const outgoing = request(upstream, { method: 'POST', headers });
  outgoing.end(text);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const answer = String(await bytesOf(response));
  const kept = ['content-type', 'x-amzn-requestid', 'x-amz-crc32'];
  const kindly = kept.flatMap((name) =>
    response.headers[name] ? [[name, String(response.headers[name])] as const] : [],
  );
  return { status: response.statusCode ?? 502, headers: Object.fromEntries(kindly), text: answer };
}
