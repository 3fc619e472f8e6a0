import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { BSON, type Document } from 'mongodb';

import { ScramServer } from './scram-server.ts';

/** What the proxy does to one command. */
export type MongoFault =
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
  | { readonly kind: 'answer'; readonly body: Document }
  /** Hands it on and changes the answer. */
  | { readonly kind: 'change'; answer(body: Document): Document };

/** One command as faults see it. `nth` counts the commands of this name, from 1. */
export interface SeenCommand {
  readonly name: string;
  readonly body: Document;
  readonly nth: number;
}

/** Who may log in. The server behind asks nobody: the proxy does it in its place, for this one thing. */
export interface MongoLogin {
  readonly username: string;
  readonly password: string;
  /** The only database that the user may touch. */
  readonly database?: string;
}

export interface MongoProxy {
  readonly port: number;
  readonly url: string;
  /** Commands seen since the last `reset`, by name; those by which clients watch the server are not among them. */
  readonly counts: ReadonlyMap<string, number>;
  /** Decides about each command from now on. */
  inject(decide: (command: SeenCommand) => MongoFault | undefined): void;
  /** Asks for a login from now on, of connections that are made from now on. */
  protect(login: MongoLogin): void;
  /** Passes everything again and forgets the counts. */
  reset(): void;
  stop(): Promise<void>;
}

const OP_MSG = 2013;
/** What needs no login, and what clients send by themselves. */
const UNCOUNTED = new Set(['hello', 'isMaster', 'ismaster', 'endSessions', 'saslStart', 'saslContinue', 'ping']);

/** A proxy in front of MongoDB that understands its protocol and breaks what it is told to break. */
export async function startMongoProxy(upstreamPort: number): Promise<MongoProxy> {
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();
  let decide: (command: SeenCommand) => MongoFault | undefined = () => undefined;
  let login: MongoLogin | undefined;

  const serve = async (client: Socket): Promise<void> => {
    const upstream = connect(upstreamPort, '127.0.0.1');
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    const answers = messages(upstream);
    const scram = login && new ScramServer(login);
    const allowed = login?.database;
    const forward = async (message: Buffer): Promise<Buffer> => {
      upstream.write(message);
      const { value } = await answers.next();
      if (value === undefined) throw new Error('the server closed the connection');
      return value;
    };
    for await (const message of messages(client)) {
      const body = bodyOf(message);
      const name = body ? (Object.keys(body)[0] ?? '') : 'isMaster';
      const own = body && scram?.answer(name, body);
      if (own) {
        client.write(reply(message, own));
        continue;
      }
      let fault: MongoFault = { kind: 'pass' };
      if (body && !UNCOUNTED.has(name)) {
        const nth = (counts.get(name) ?? 0) + 1;
        counts.set(name, nth);
        const other = allowed !== undefined && body.$db !== allowed;
        fault = (scram && !scram.done) || other ? UNAUTHORIZED : (decide({ name, body, nth }) ?? fault);
      }
      switch (fault.kind) {
        case 'hang':
          break;
        case 'reset':
          client.resetAndDestroy();
          return;
        case 'answer':
          client.write(reply(message, fault.body));
          break;
        case 'lose-answer':
          await forward(message);
          await fault.meanwhile?.();
          client.resetAndDestroy();
          return;
        case 'change':
          client.write(reply(message, fault.answer(bodyOf(await forward(message)) ?? {})));
          break;
        case 'pass':
          client.write(await forward(message));
      }
    }
  };

  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    serve(client).catch(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `mongodb://127.0.0.1:${port}`,
    counts,
    inject: (decision) => (decide = decision),
    protect: (wanted) => (login = wanted),
    reset: () => {
      decide = () => undefined;
      login = undefined;
      counts.clear();
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** An answer as servers give it that refuse. */
export function refusal(code: number, codeName: string, errmsg = 'refused', errorLabels: string[] = []): MongoFault {
  return { kind: 'answer', body: { ok: 0, code, codeName, errmsg, errorLabels } };
}

const UNAUTHORIZED = refusal(13, 'Unauthorized', 'not authorized to execute command on k3y-and-v4lue');

async function* messages(socket: Socket): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0);
      yield rest.subarray(0, length);
      rest = rest.subarray(length);
    }
  }
}

/** The command of a message; `undefined` for the older kind of message with which clients introduce themselves. */
function bodyOf(message: Buffer): Document | undefined {
  if (message.readInt32LE(12) !== OP_MSG) return undefined;
  return BSON.deserialize(message.subarray(21, 21 + message.readInt32LE(21)));
}

function reply(request: Buffer, body: Document): Buffer {
  const document = BSON.serialize(body);
  const head = Buffer.alloc(21);
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(request.readInt32LE(4), 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, document]);
}
