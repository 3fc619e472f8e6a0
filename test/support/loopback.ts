import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A server of a test, on a free port of this machine. */
export interface Listening {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Closes its connections, whatever is under way, and the server. */
  stop(): Promise<void>;
}

/**
 * Lets a server of HTTP listen on loopback; again after it was stopped, too.
 *
 * @param port @default - a free one
 */
export async function listen(server: Server | SecureServer, port = 0): Promise<Listening> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The whole body of a request or an answer. */
export async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
