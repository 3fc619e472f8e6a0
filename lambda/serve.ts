import type {
  AuthInfo,
  McpServerFactory,
  ServerContext,
  ServerEventBus,
  ServerNotifier,
} from '@modelcontextprotocol/server';

import type { Log } from './log/log.ts';
import type { KeyValueStore } from './store/key-value-store.ts';

/** How long and to what a request state is bound. */
export interface RequestStateOptions {
  /**
   * Lifetime in seconds.
   *
   * @default 600
   */
  readonly ttlSeconds?: number;
  /**
   * More to bind the state to: it is refused when this differs between the two requests. The caller and the method of the
   * request are always bound.
   *
   * @default - nothing more
   */
  readonly bind?: (ctx: ServerContext) => string;
}

/** Signs and checks what a client carries from one request to the next. */
export interface RequestStates<T> {
  /** Makes the state that `inputRequired({ requestState })` takes. `ctx` is what the tool was called with. */
  readonly mint: (payload: T, ctx: ServerContext) => Promise<string>;
  /** For `ServerOptions.requestState.verify`. Rejects what was not minted for this caller, or has expired. */
  readonly verify: (state: string, ctx: ServerContext) => Promise<T>;
}

/** What a server author's factory is given, once per request. */
export interface ServeContext {
  /** `modern` for revision 2026-07-28, `legacy` for the ones before. */
  readonly era: 'legacy' | 'modern';
  /** The verified caller. A factory that reads it gives each caller lists of their own: see `ServeOptions.lists`. */
  readonly authInfo?: AuthInfo;
  /** The HTTP request, without its body. A factory that reads it makes its lists dynamic: see `ServeOptions.lists`. */
  readonly requestInfo?: Request;
  /** The server's store. Collections are prefixed with the server's name. */
  readonly store: KeyValueStore;
  /**
   * The keys of the server's key ring for what it stores, 32 bytes each: the first encrypts, all decrypt. `store` keeps values
   * as they are; wrap it to encrypt them: `new SealedEncryption(ctx.store, { keys: ctx.storageKeys, context: 'notes' })`.
   *
   * On a laptop, without a key ring, they live as long as the process.
   */
  readonly storageKeys: () => Promise<readonly Uint8Array[]>;
  /** Structured logs. Fields named like a credential are hidden; never pass values of your users. */
  readonly log: Log;
  /** Tells clients that listen, and the kit's own memory of lists, that something changed. */
  readonly notify: ServerNotifier;
  /**
   * Signs what a tool asks the client to carry between two requests (multi round-trip requests of revision 2026-07-28).
   * Every instance of the server signs with the same keys. Signed, not encrypted: the client can read it.
   *
   * Hand `verify` to `ServerOptions.requestState.verify` and return what `mint` makes from `inputRequired(…)`.
   */
  requestState<T>(options?: RequestStateOptions): RequestStates<T>;
}

/** Builds an MCP server: an `McpServer`, or the SDK's low-level `Server`. Called for each request: keep what is costly outside. */
export type ServeFactory = (ctx: ServeContext) => ReturnType<McpServerFactory>;

/** Options of `serve()`. */
export interface ServeOptions {
  /**
   * Whether the lists of tools, prompts, resources and templates, and the answer to `server/discover`, are the same for
   * every request. `static` lists are computed once per process and answered from memory until `ctx.notify` tells of a
   * change. Say `dynamic` when you set a handler of your own for a list whose answer changes, or register tools by
   * something that changes, such as a module variable or the time.
   *
   * @default - `static`, but for `resources/list`, and for a factory that is async, returns a low-level `Server` or reads
   * `authInfo` or `requestInfo`; an answer whose handler read the caller or the request is never kept
   */
  readonly lists?: 'static' | 'dynamic';
  /**
   * Origins of web pages that may call the server, as `https://app.example.com`; `*` admits every page.
   *
   * @default - the server's own origin, and http pages on this machine (localhost), such as the MCP inspector
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http Security Warning
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * Names that the Host header may have on the Node host, without the port.
   *
   * @default - localhost, 127.0.0.1, [::1] and the host of `MCP_BASE_URL`
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Largest request body, in bytes.
   *
   * @default - 4 MiB. AWS refuses more than 6 MB before it reaches a Lambda function
   */
  readonly maxBodyBytes?: number;
  /**
   * Carries change notifications between the instances of a server.
   *
   * @default - clients hear of changes that their own instance makes
   */
  readonly bus?: ServerEventBus;
  /**
   * How many `subscriptions/listen` streams one process holds open; more are refused at once.
   *
   * @default 1024
   */
  readonly maxSubscriptions?: number;
  /**
   * Pause between comment lines that keep an open stream alive, in milliseconds.
   *
   * @default 15000
   */
  readonly keepAliveMs?: number;
  /**
   * Whether a function writes a line of metrics after each invocation: `Requests`, `Refused` (401 and 403) and `Faults` (5xx)
   * in the namespace `McpServer`. CloudWatch charges for custom metrics and for the line.
   *
   * @default false - invocations, errors and durations are counted by AWS itself
   */
  readonly metrics?: boolean;
}

/** What a server file exports by default. */
export interface ServedServer {
  readonly factory: ServeFactory;
  readonly options: ServeOptions;
}

/**
 * Declares an MCP server. The same file runs on a laptop, on Lambda and on Fargate.
 *
 * @throws {TypeError} when the factory is not a function or an option has a value that cannot work
 */
export function serve(factory: ServeFactory, options: ServeOptions = {}): ServedServer {
  if (typeof factory !== 'function') {
    throw new TypeError('serve() takes a function that returns an McpServer: serve((ctx) => new McpServer({ … }))');
  }
  const { maxBodyBytes, allowedOrigins = [] } = options;
  if (maxBodyBytes !== undefined && !(Number.isSafeInteger(maxBodyBytes) && maxBodyBytes > 0)) {
    throw new TypeError(`maxBodyBytes is ${maxBodyBytes}: give a whole number of bytes above 0`);
  }
  for (const origin of allowedOrigins) {
    if (origin !== '*' && !/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s@A-Z]+$/.test(origin)) {
      throw new TypeError(
        `allowedOrigins contains ${JSON.stringify(origin)}: write an origin, as https://app.example.com`,
      );
    }
  }
  return { factory, options };
}
