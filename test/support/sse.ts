import { type ClientRequest, type IncomingMessage, request } from 'node:http';

import type { HttpRequest } from '../../lambda/host/http.ts';
import type { Message } from './message.ts';

/** An answer whose events are read one at a time. */
export interface EventReader {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The next message; undefined when the stream has ended. */
  next(): Promise<Message | undefined>;
  /** The rest of the body. */
  text(): Promise<string>;
  /** Goes away without reading on. */
  leave(): void;
}

/** Sends a request over a real connection and reads the answer as it comes. */
export function open(url: string, { method, path, headers, body }: HttpRequest): Promise<EventReader> {
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = request(
      `${url}${path}`,
      { method, headers: { ...headers }, agent: false },
      (incoming) => {
        resolve(reader(incoming, outgoing));
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function reader(incoming: IncomingMessage, outgoing: ClientRequest): EventReader {
  incoming.setEncoding('utf8');
  outgoing.on('error', () => undefined);
  const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<string>;
  let held = '';
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    next: async () => {
      for (;;) {
        const end = held.indexOf('\n\n');
        if (end >= 0) {
          const event = held.slice(0, end);
          held = held.slice(end + 2);
          const data = event.split('\n').find((line) => line.startsWith('data: '));
          if (data !== undefined) return JSON.parse(data.slice(6)) as Message;
          continue;
        }
        const chunk = await chunks.next();
        if (chunk.done) return undefined;
        held = (held + chunk.value).replaceAll('\r\n', '\n'); // both ends of a line are in use
      }
    },
    text: async () => {
      for (let chunk = await chunks.next(); !chunk.done; chunk = await chunks.next()) held += chunk.value;
      return held;
    },
    leave: () => {
      outgoing.destroy();
    },
  };
}
