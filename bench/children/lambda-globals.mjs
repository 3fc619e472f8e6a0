import { Writable } from 'node:stream';

// What AWS's runtime gives a streaming handler; the bare bundle, which answers whole, is called without it.
const streaming = Symbol('streaming');

class Collect extends Writable {
  chunks = [];
  _write(chunk, _encoding, done) {
    this.chunks.push(chunk);
    done();
  }
  setContentType() {}
}

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[streaming] = true;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.prelude = JSON.stringify(prelude);
      return stream;
    },
  },
};

/** Calls a handler as the runtime would; returns the text of the body. */
export async function invoke(handler, event) {
  const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 30_000, functionName: 'bench' };
  if (!handler[streaming]) {
    const reply = await handler(event, context);
    // The runtime sends the reply as JSON: that is part of what an answer costs.
    return Buffer.from(JSON.stringify(reply)).toString();
  }
  const stream = new Collect();
  const finished = new Promise((resolve, reject) => stream.on('finish', resolve).on('error', reject));
  await handler(event, stream, context);
  await finished;
  return Buffer.concat(stream.chunks).toString();
}
