import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type App, createApp } from '../app.ts';
import type { HostLog } from '../log/log.ts';
import { structuredLog } from '../log/structured-log.ts';
import type { RuntimeParts } from '../parts.ts';
import type { ServedServer } from '../serve.ts';
import { readWiring } from '../wiring.ts';
import { MCP_PATH } from './endpoint.ts';
import type { HttpReply, HttpRequest } from './http.ts';
import { exposureWarning } from './exposure.ts';
import { nodeAddress } from './node-address.ts';
import { LOOPBACK_NAMES } from './origin.ts';
import { bodyTooLargeReply, jsonReply } from './replies.ts';
import { writeReply } from './write-reply.ts';

export interface NodeServerOptions {
  /**
   * The environment: the wiring, and `HOST` and `PORT`.
   *
   * @default - `process.env`
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Address to listen on.
   *
   * @default - `HOST`, or 127.0.0.1
   */
  readonly host?: string;
  /**
   * Port to listen on; 0 for any free one.
   *
   * @default - `PORT`, or 3000
   */
  readonly port?: number;
  /**
   * Where lines go.
   *
   * @default - JSON lines on standard output
   */
  readonly log?: HostLog;
}

/** A server that listens. */
export interface NodeServer {
  /** Origin, as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Address of the MCP endpoint. */
  readonly mcpUrl: string;
  /**
   * Stops accepting, ends subscription streams with their result, lets calls that are under way finish, and closes.
   *
   * @param drainMs how long calls may take to finish, in milliseconds
   * @default 10000
   */
  close(drainMs?: number): Promise<void>;
}

/** Longer than the 60 seconds after which AWS load balancers drop an idle connection, so that they never find it closed. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
const LINGER_MS = 1000;
const DEFAULT_DRAIN_MS = 10_000;

/**
 * Starts the HTTP server for containers and laptops.
 *
 * @throws {WiringError} when the environment is not complete
 * @throws {Error} when the port is taken, with what to do
 */
export async function startNodeServer(
  served: ServedServer,
  parts: RuntimeParts,
  options: NodeServerOptions = {},
): Promise<NodeServer> {
  const env = options.env ?? process.env;
  const wiring = readWiring(env);
  const address = nodeAddress(env, options);
  const log = options.log ?? structuredLog({ serverName: wiring.serverName });
  const app = createApp(served, wiring, parts, {
    log,
    hosts: [...LOOPBACK_NAMES, ...(wiring.baseUrl === undefined ? [] : [new URL(wiring.baseUrl).hostname])],
  });

  const warning = exposureWarning(wiring.auth.mode, address.host);
  if (warning) log.warn(warning, { mode: wiring.auth.mode, host: address.host });

  // Not imported: as an ES module node:http brings undici along, 25 ms of a start.
  const http = process.getBuiltinModule('node:http');
  let origin = '';
  let draining = false;
  const server = http.createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      joinDuplicateHeaders: true, // else the first of two Authorization or Host headers counts, and a proxy may read the last
    },
    (incoming, outgoing) => {
      if (draining) outgoing.setHeader('connection', 'close');
      answer(app, incoming, outgoing, origin).catch(() => outgoing.destroy());
    },
  );
  const { port } = await listen(server, address.host, address.port).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  const url = `http://${address.urlHost}:${port}`;
  origin = wiring.baseUrl ?? url;

  return {
    url,
    mcpUrl: `${url}${MCP_PATH}`,
    close: async (drainMs = DEFAULT_DRAIN_MS) => {
      draining = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      app.endSubscriptions();
      const limit = setTimeout(() => {
        server.closeAllConnections();
      }, drainMs);
      await closed;
      clearTimeout(limit);
      await app.close();
      await log.flush();
    },
  };
}

/**
 * Runs the server as the main program of a process: says where it listens, and ends cleanly on SIGTERM and SIGINT. What
 * prevents the start is told in one line, and the exit code is 1.
 */
export async function runNodeServer(
  served: ServedServer,
  parts: RuntimeParts,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> {
  let server: NodeServer;
  try {
    const log = structuredLog({ serverName: env.MCP_SERVER_NAME ?? 'mcp' });
    server = await startNodeServer(served, parts, { env, log });
    log.info('listening', { url: server.mcpUrl });
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
    return;
  }
  const stop = (): void => {
    process.removeListener('SIGTERM', stop);
    process.removeListener('SIGINT', stop); // a second signal ends the process at once
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(new Error(`Port ${port} on ${host} is in use: stop what uses it, or set PORT to another`));
      else if (error.code === 'EADDRNOTAVAIL')
        reject(new Error(`${host} is no address of this machine: set HOST to one that is`));
      else if (error.code === 'EACCES') reject(new Error(`Port ${port} needs privileges: set PORT to 1024 or above`));
      else reject(error);
    });
    server.listen(port, host, () => {
      resolve(server.address() as AddressInfo);
    });
  });
}

async function answer(app: App, incoming: IncomingMessage, outgoing: ServerResponse, origin: string): Promise<void> {
  const client = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) client.abort();
  });
  const target = incoming.url ?? '/';
  if (!target.startsWith('/')) {
    await write(
      outgoing,
      jsonReply(400, { error: 'bad_request', error_description: 'The request target must be a path' }),
      client.signal,
    );
    return;
  }
  const body = await readBody(incoming, app.maxBodyBytes);
  if (body === 'too-large') {
    await refuseBody(incoming, outgoing, app.maxBodyBytes);
    return;
  }
  const mark = target.indexOf('?');
  const request: HttpRequest = {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers: incoming.headers as Record<string, string | undefined>, // only set-cookie is a list, and no client sends it
    body,
    origin,
    signal: client.signal,
  };
  await write(outgoing, await app.handle(request), client.signal);
}

async function write(outgoing: ServerResponse, reply: HttpReply, signal: AbortSignal): Promise<void> {
  if (outgoing.destroyed) {
    if (reply.body instanceof ReadableStream) await reply.body.cancel();
    return;
  }
  const { body } = reply;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    const bodyless = reply.status === 204 || reply.status === 304;
    outgoing.writeHead(reply.status, bodyless ? reply.headers : { ...reply.headers, 'content-length': length });
    outgoing.end(body);
    return;
  }
  outgoing.writeHead(reply.status, reply.headers);
  await writeReply(outgoing, body, { signal, graceMs: 0 });
}

/**
 * Answers a client that is still sending. Closing at once would reset the connection, and the client would never read why:
 * what it sends is thrown away for a while.
 */
async function refuseBody(incoming: IncomingMessage, outgoing: ServerResponse, maxBytes: number): Promise<void> {
  const { status, headers, body = '' } = bodyTooLargeReply(maxBytes);
  outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  outgoing.write(body);
  incoming.resume();
  await new Promise<void>((resolve) => {
    const limit = setTimeout(resolve, LINGER_MS);
    for (const event of ['end', 'close', 'error']) {
      incoming.once(event, () => {
        clearTimeout(limit);
        resolve();
      });
    }
  });
  outgoing.end();
  incoming.destroy();
}

const EMPTY = Buffer.alloc(0);

/** The whole body; reads no further than the limit. */
function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | 'too-large'> {
  if (Number(incoming.headers['content-length']) > maxBytes) return Promise.resolve('too-large');
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] | undefined;
    let first: Buffer | undefined;
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        incoming.removeAllListeners('data');
        resolve('too-large');
      } else if (first === undefined) first = chunk;
      else (chunks ??= [first]).push(chunk);
    });
    incoming.once('end', () => {
      resolve(chunks ? Buffer.concat(chunks) : (first ?? EMPTY));
    });
    incoming.once('error', reject);
    incoming.once('close', () => {
      reject(new Error('The client has gone'));
    });
  });
}
