import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createApp } from '../app.ts';
import { errorFields } from '../log/error-fields.ts';
import type { HostLog } from '../log/log.ts';
import { structuredLog } from '../log/structured-log.ts';
import type { RuntimeParts } from '../parts.ts';
import type { ServedServer } from '../serve.ts';
import { readWiring } from '../wiring.ts';
import { MCP_PATH } from './endpoint.ts';
import { exposureWarning } from './exposure.ts';
import { readHostSettings } from './host-settings.ts';
import { nodeAddress } from './node-address.ts';
import { answer } from './node-answer.ts';
import { LOOPBACK_NAMES } from './origin.ts';

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
   * @default - `MCP_DRAIN_SECONDS`, or 10000
   */
  close(drainMs?: number): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** For what is still to be written when a start has failed. */
const EXIT_GRACE_MS = 500;

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
  const settings = readHostSettings(env);
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
      keepAliveTimeout: settings.keepAliveMs,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      joinDuplicateHeaders: true, // else the first of two Authorization or Host headers counts, and a proxy may read the last
    },
    (incoming, outgoing) => {
      if (draining) outgoing.setHeader('connection', 'close');
      answer(app, incoming, outgoing, origin).catch((error: unknown) => {
        if (!outgoing.destroyed) log.error('response failed', errorFields(error)); // else the client has gone
        outgoing.destroy();
      });
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
    close: async (drainMs = settings.drainMs) => {
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
    // What the author's code has opened would keep a process alive that serves nothing.
    setTimeout(() => process.exit(1), EXIT_GRACE_MS).unref();
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
