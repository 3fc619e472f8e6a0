import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

import { HOP_BY_HOP } from '../support/hop-by-hop.ts';

/** A plain address in front of a Function URL of the local cloud. */
export interface Front {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Forwards `http://127.0.0.1:PORT/…` to `target/…`, streaming both ways: the Function URL's own host name does not
 * resolve on this machine, and a path prefix would hide the well-known documents of a server.
 *
 * @param port the wish; the next free one is taken when it is in use. 0: any
 */
export async function openFront(target: string, port: number): Promise<Front> {
  const upstream = new URL(target);
  const prefix = upstream.pathname.replace(/\/$/, '');
  const server = createServer((incoming, outgoing) => {
    // A page of another site can point its own name at 127.0.0.1; its requests then carry that name.
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(incoming.headers.host ?? '')) {
      outgoing.writeHead(403, { 'content-type': 'text/plain' }).end('only for clients of this machine\n');
      return;
    }
    forward(incoming, outgoing, upstream, prefix);
  });
  const taken = await listen(server, port);
  return {
    origin: `http://127.0.0.1:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, upstream: URL, prefix: string): void {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).filter(([name]) => !HOP_BY_HOP.has(name) && name !== 'host'),
  );
  const forwarded = request(
    {
      host: upstream.hostname,
      port: upstream.port,
      method: incoming.method,
      path: prefix + (incoming.url ?? '/'),
      headers,
    },
    (answer) => {
      const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name));
      outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept));
      outgoing.flushHeaders();
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    },
  );
  forwarded.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502, { 'content-type': 'text/plain' }).end('the local cloud does not answer\n');
  });
  outgoing.on('close', () => forwarded.destroy());
  incoming.pipe(forwarded);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let wish = port;
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' || wish === 0 || wish >= port + 100) reject(error);
      else server.listen(++wish, '127.0.0.1');
    });
    server.on('listening', () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
    });
    server.listen(wish, '127.0.0.1');
  });
}
