// The global that AWS's Node runtime gives to streaming handlers and the local cloud's Node worker does not.
// repairs/function_url.py puts this text in front of the worker's own script. What a handler writes leaves through a loopback
// connection as it is written, so the Function URL answers piece by piece, as on AWS.
(() => {
  const { connect } = require('node:net');
  const { Writable } = require('node:stream');
  const { finished } = require('node:stream/promises');

  const TOKEN_HEADER = 'x-local-cloud-stream';
  const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
  const port = Number(process.env.LOCAL_CLOUD_STREAM_PORT);
  delete process.env.LOCAL_CLOUD_STREAM_PORT; // a function sees only what AWS would give it
  process.env.AWS_EXECUTION_ENV ??= `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`;

  class ResponseStream extends Writable {
    #socket;
    #contentType;
    #beforeFirstWrite;
    constructor(socket) {
      super();
      this.#socket = socket;
      socket.on('error', (error) => this.destroy(error));
    }
    setContentType(contentType) {
      this.#contentType = contentType;
    }
    setPrelude(prelude) {
      this.#contentType = PRELUDE_TYPE;
      this.#beforeFirstWrite = Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]);
    }
    #open() {
      if (this.#contentType !== null) this.#socket.write(`${this.#contentType ?? ''}\n`);
      if (this.#beforeFirstWrite) this.#socket.write(this.#beforeFirstWrite);
      this.#contentType = null;
      this.#beforeFirstWrite = undefined;
    }
    _write(chunk, _encoding, done) {
      this.#open();
      this.#socket.write(chunk, done);
    }
    _final(done) {
      this.#beforeFirstWrite = undefined; // AWS's runtime too sends the prelude with the first write, not with `end`
      this.#open();
      this.#socket.end(done);
    }
    _destroy(error, done) {
      if (error) this.#socket.destroy();
      done(error);
    }
  }

  globalThis.awslambda = Object.assign(globalThis.awslambda ?? {}, {
    streamifyResponse: (handler) => async (event, context) => {
      const token = event?.headers?.[TOKEN_HEADER];
      if (!token) throw new Error('a streaming handler is called through its Function URL in the local cloud');
      delete event.headers[TOKEN_HEADER];
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.write(`${token}\n`);
      const stream = new ResponseStream(socket);
      const done = finished(stream);
      done.catch(() => undefined);
      try {
        await handler(event, stream, context);
        await done;
      } catch (error) {
        stream.destroy(error instanceof Error ? error : new Error(String(error)));
        throw error;
      }
      return '';
    },
    HttpResponseStream: {
      from(stream, prelude) {
        stream.setPrelude(prelude);
        return stream;
      },
    },
  });
})();
