import type { Writable } from 'node:stream';
import type { ReadableStreamReadResult } from 'node:stream/web';

import type { HttpReply } from './http.ts';

export interface WriteReplyOptions {
  /** Aborted when the client has gone or time runs out. */
  readonly signal: AbortSignal;
  /** How long a stream may still end by itself after that, in milliseconds. */
  readonly graceMs: number;
}

/**
 * Writes a body and ends the stream. Chunks go out as they come; a slow reader slows the source down.
 *
 * Always writes before it ends, if only an empty text: Lambda sends status and headers with the first write, and an
 * answer that is ended without one arrives as an empty 200.
 */
export async function writeReply(stream: Writable, body: HttpReply['body'], options: WriteReplyOptions): Promise<void> {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    stream.write(body ?? '');
  } else {
    await pump(stream, body.getReader(), options);
  }
  await new Promise<void>((resolve) => {
    if (stream.destroyed) {
      resolve();
      return;
    }
    stream.once('close', resolve); // a client that has gone: nobody will call back
    stream.end(resolve);
  });
}

interface Reader {
  read(): Promise<ReadableStreamReadResult<Uint8Array>>;
  cancel(): Promise<void>;
}

async function pump(stream: Writable, reader: Reader, { signal, graceMs }: WriteReplyOptions): Promise<void> {
  let grace: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    reader.cancel().catch(() => undefined);
  };
  const onAbort = (): void => {
    if (stream.destroyed) cancel();
    else grace = setTimeout(cancel, graceMs); // the source was told as well, and may have a last word
  };
  signal.addEventListener('abort', onAbort, { once: true });
  stream.once('close', cancel);
  if (signal.aborted) onAbort();
  try {
    stream.write(''); // status and headers now: the first event may be minutes away
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      if (stream.destroyed) break;
      if (!stream.write(chunk.value)) await drained(stream);
    }
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', onAbort);
    stream.removeListener('close', cancel);
    cancel();
  }
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.removeListener('drain', done);
      stream.removeListener('close', done);
      resolve();
    };
    stream.once('drain', done);
    stream.once('close', done);
  });
}
