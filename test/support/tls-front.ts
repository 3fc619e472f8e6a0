import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';

import type { Certificates } from './servers/certificates.ts';

export interface TlsFront {
  readonly port: number;
  /** Connections that clients have tried to make. */
  readonly connections: number;
  /** Bytes that clients have sent, without TLS's own. */
  readonly received: number;
  stop(): Promise<void>;
}

/** Speaks TLS before a server of loopback that does not. */
export async function startTlsFront(upstream: number, certificates: Certificates): Promise<TlsFront> {
  let connections = 0;
  let received = 0;
  const sockets = new Set<Socket>();
  const kept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const options = { cert: readFileSync(certificates.cert), key: readFileSync(certificates.key) };
  const server = createServer(options, (client) => {
    const backend = connect(upstream, '127.0.0.1');
    for (const socket of [client, backend]) {
      kept(socket);
      socket.on('close', () => {
        client.destroy();
        backend.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => (received += chunk.length));
    client.pipe(backend);
    backend.pipe(client);
  });
  server.on('connection', (socket: Socket) => {
    connections++;
    kept(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get received() {
      return received;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
