import { readFileSync } from 'node:fs';

import {
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  createClient,
  createCluster,
  DisconnectsClientError,
  ErrorReply,
  MaxCommandRedirectionsError,
  type RedisClientOptions,
  RootNodesUnavailableError,
  SocketClosedUnexpectedlyError,
} from '@redis/client';

import { StoreRejectedError, StoreThrottledError } from '../errors.ts';
import { type Connect, type Login, type RedisConnection, TIMEOUTS } from './connection.ts';
import { ConnectionFault, ReplyFault } from './faults.ts';
import type { RedisUrl } from './url.ts';

/** Commands that wait for an answer at a time. More means that the server cannot keep up. */
const QUEUE_LIMIT = 10_000;
/** Where one is sent on to another node: more than a map that has just changed explains. */
const REDIRECTIONS = 5;
/** Faults before anything was sent. */
const UNSENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|CERT_|ERR_|SELF_|UNABLE_|DEPTH_|EPROTO)/;

/** What a client of node-redis and its cluster have in common. */
interface Closable {
  close(): Promise<void>;
  destroy(): void;
}

/** Connects with node-redis. It never reconnects by itself: a connection that broke is replaced, at the next call. */
export function connector(url: RedisUrl, login: Login | undefined): Connect {
  return (broken) => {
    const options = optionsOf(url, login, broken);
    return url.cluster ? openCluster(url, options, broken) : openSingle(options, broken);
  };
}

function optionsOf(url: RedisUrl, login: Login | undefined, broken: () => void) {
  const shared = {
    host: url.host,
    port: url.port,
    connectTimeout: TIMEOUTS.socket,
    reconnectStrategy: false,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 10_000,
  } as const;
  return {
    socket: url.tls ? ({ ...shared, tls: true, ca: url.ca && readAuthority(url.ca) } as const) : shared,
    database: url.database,
    credentialsProvider: login && providerOf(login, broken),
    commandsQueueMaxLength: QUEUE_LIMIT,
    // The library would only ask for what needs more rights: its name, and news of maintenance at another vendor.
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // Its own timer for each command ends when the command is sent; ours goes on until it is answered.
    commandOptions: { timeout: undefined },
  } satisfies RedisClientOptions;
}

/** What the library asks for each connection that it opens, and how it is told to prove itself again on a living one. */
function providerOf(login: Login, broken: () => void): RedisClientOptions['credentialsProvider'] {
  const { renewAfterMs } = login;
  if (renewAfterMs === undefined) {
    return { type: 'async-credentials-provider', credentials: () => login.credentials() };
  }
  return {
    type: 'streaming-credentials-provider',
    subscribe: async ({ onNext }) => {
      const first = await login.credentials();
      const timer = setInterval(() => {
        login.credentials().then(onNext, broken);
      }, renewAfterMs);
      timer.unref();
      const dispose = (): void => {
        clearInterval(timer);
      };
      return [first, { dispose }];
    },
    onReAuthenticationError: broken,
  };
}

async function openSingle(options: ReturnType<typeof optionsOf>, broken: () => void): Promise<RedisConnection> {
  const client = createClient(options);
  client.on('error', broken);
  await opened(client.connect(), client, () => undefined);
  return {
    send: (_key, command) => client.sendCommand<unknown>(command),
    fault: faultOf,
    retire: () => retire(client, [client]),
  };
}

async function openCluster(
  { host, port }: RedisUrl,
  options: ReturnType<typeof optionsOf>,
  broken: () => void,
): Promise<RedisConnection> {
  const cluster = createCluster({
    // Only to ask for the map, on a connection of its own, which must not hang.
    rootNodes: [{ socket: { host, port, socketTimeout: TIMEOUTS.socket } }],
    defaults: options,
    minimizeConnections: true, // a node that hangs concerns only those who ask for its keys
    maxCommandRedirections: REDIRECTIONS,
    commandOptions: options.commandOptions,
  });
  let last: unknown;
  cluster.on('error', (error: unknown) => (last = error));
  cluster.on('node-error', broken);
  await opened(cluster.connect(), cluster, () => last);
  return {
    send: (key, command) => cluster.sendCommand<unknown>(key, false, command as string[]),
    fault: faultOf,
    retire: () =>
      retire(
        cluster,
        cluster.masters.flatMap(({ client }) => client ?? []),
      ),
  };
}

/** Waits for a connection, but not for ever. */
async function opened(connected: Promise<unknown>, client: Closable, hidden: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new ConnectionFault(`not ready after ${TIMEOUTS.open / 1000} s`, false));
    }, TIMEOUTS.open);
  });
  try {
    await Promise.race([connected, late]);
  } catch (error) {
    client.destroy();
    throw faultOf(error instanceof RootNodesUnavailableError ? (hidden() ?? error) : error, false);
  } finally {
    clearTimeout(timer);
  }
}

async function retire(whole: Closable, clients: readonly Closable[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, TIMEOUTS.command);
  });
  try {
    await Promise.race([whole.close(), patience]);
  } catch {
    // It was closed already.
  } finally {
    clearTimeout(timer);
    for (const client of clients) client.destroy();
  }
}

/** Whatever the library throws, in our words. */
function faultOf(error: unknown, mayBeSent = true): unknown {
  if (error instanceof ErrorReply) return new ReplyFault(error.message);
  if (error instanceof ClientClosedError || error instanceof ClientOfflineError)
    return new ConnectionFault('closed', false);
  if (error instanceof ConnectionTimeoutError)
    return new ConnectionFault(`no connection after ${TIMEOUTS.socket / 1000} s`, false);
  if (error instanceof SocketClosedUnexpectedlyError) return new ConnectionFault('it closed the connection', mayBeSent);
  if (error instanceof DisconnectsClientError) return new ConnectionFault('closed', mayBeSent);
  if (error instanceof MaxCommandRedirectionsError) return new ConnectionFault('its nodes disagree about a key', false);
  if (error instanceof RootNodesUnavailableError) return new ConnectionFault('no node answers', false);
  if (error instanceof Error && error.message === 'The queue is full') {
    return new StoreThrottledError(`Redis is behind: ${QUEUE_LIMIT} commands wait for an answer`);
  }
  const { code } = error as { code?: unknown }; // of Node itself, whose errors need not be ours
  return typeof code === 'string' ? new ConnectionFault(code, mayBeSent && !UNSENT.test(code)) : error;
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new StoreRejectedError(`the file of authorities ${path} cannot be read: check ca= in the URL`);
  }
}
