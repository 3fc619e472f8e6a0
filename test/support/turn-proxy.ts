import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What the proxy does to one message of the client. */
export type TurnFault =
  /** Hands it on, waits for the answer, then resets the connection: the server has done it, the client cannot know. `meanwhile`
   * happens before the client can try again. */
  | { readonly kind: 'lose-answer'; meanwhile?(): Promise<unknown> }
  /** Resets the connection without handing anything on. */
  | { readonly kind: 'reset' }
  /** Hands it on when something else has happened. */
  | { readonly kind: 'after'; first(): Promise<unknown> }
  /** Hands it on and swallows every answer. */
  | { readonly kind: 'hang' };

export interface TurnProxy {
  readonly port: number;
  /** What the client has sent since the last `reset`: one text for each time that it spoke after the server had. */
  readonly turns: readonly string[];
  readonly connections: number;
  /** Decides about each turn from now on. */
  inject(decide: (text: string) => TurnFault | undefined): void;
  /** Passes everything again and forgets the turns. */
  reset(): void;
  /** Ends all connections, as a network that forgets them does. */
  cut(): void;
  stop(): Promise<void>;
}

/** A TCP proxy that counts how often client and server take turns, which is the number of round trips, and breaks some. */
export async function startTurnProxy(upstream: number): Promise<TurnProxy> {
  let turns: string[] = [];
  let connections = 0;
  let decide: (text: string) => TurnFault | undefined = () => undefined;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    connections++;
    const backend = connect(upstream, '127.0.0.1');
    for (const socket of [client, backend]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        backend.destroy();
      });
    }
    let answered = true;
    let fault: TurnFault | undefined;
    client.on('data', (chunk: Buffer) => {
      if (answered) {
        turns.push('');
        fault = decide(chunk.toString('latin1'));
        answered = false;
      }
      turns.push((turns.pop() ?? '') + chunk.toString('latin1'));
      if (fault?.kind === 'reset') client.resetAndDestroy();
      else if (fault?.kind === 'after') void fault.first().then(() => backend.write(chunk));
      else backend.write(chunk);
    });
    backend.on('data', (chunk: Buffer) => {
      answered = true;
      if (fault?.kind === 'hang') return;
      if (fault?.kind === 'lose-answer') {
        void (fault.meanwhile?.() ?? Promise.resolve()).then(() => client.resetAndDestroy());
        return;
      }
      client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    get turns() {
      return turns;
    },
    get connections() {
      return connections;
    },
    inject: (next) => (decide = next),
    reset: () => {
      turns = [];
      connections = 0;
      decide = () => undefined;
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
