import {
  type AuthInfo,
  createMcpHandler,
  InMemoryServerEventBus,
  type McpHttpHandler,
  type McpRequestContext,
  McpServer,
  type McpServerFactory,
  type ServerEventBus,
} from '@modelcontextprotocol/server';

import type { HttpReply, HttpRequest } from '../host/http.ts';
import { rpcErrorReply } from '../host/replies.ts';
import { clientFault, errorFields } from '../log/error-fields.ts';
import type { Log } from '../log/log.ts';
import type { ServeContext, ServedServer } from '../serve.ts';
import { ListMemo, type MemoCandidate, memoCandidate } from './list-memo.ts';
import { recordText } from './record-text.ts';
import { onUnsendable } from './unsendable.ts';
import { watchedCaller, watchRequest } from './watched.ts';
import { fromWebResponse, toWebRequest } from './web.ts';

export const DEFAULT_MAX_BODY_BYTES = 4 * 1024 * 1024;

/** What a factory gets that does not change from request to request. */
export type SharedContext = Pick<ServeContext, 'store' | 'storageKeys' | 'log' | 'requestState'>;

const EXCHANGE = Symbol('exchange');

/** One request on its way through the SDK, and what was seen of the factory meanwhile. */
interface Exchange {
  readonly candidate: MemoCandidate | undefined;
  /** The factory or a handler read who is calling, or the request: the answer is this caller's alone. */
  personal: boolean;
  /** The factory returned an `McpServer`, at once: what it lists was registered, not asked for somewhere. */
  registered: boolean;
  /** The result holds what JSON cannot carry, and so no answer will come. */
  unsendable: boolean;
}

interface TaggedRequest extends Request {
  [EXCHANGE]?: Exchange;
}

/** The MCP endpoint: the SDK's handler for both eras, stateless, and the memory of lists in front of it. */
export class McpEndpoint {
  readonly #served: ServedServer;
  readonly #shared: SharedContext;
  readonly #log: Log;
  readonly #bus: ServerEventBus;
  readonly #memo = new ListMemo();
  readonly #requests: McpHttpHandler;
  #subscriptions: McpHttpHandler;
  /** Set for good when the factory once read who is calling. */
  #personal = false;

  constructor(served: ServedServer, shared: SharedContext, log: Log) {
    this.#served = served;
    this.#shared = shared;
    this.#log = log;
    this.#bus = served.options.bus ?? new InMemoryServerEventBus(this.#report);
    this.#bus.subscribe((event) => {
      if (event.kind !== 'resource_updated') this.#memo.clear();
    });
    this.#requests = this.#newHandler();
    this.#subscriptions = this.#newHandler();
  }

  async handle(request: HttpRequest, caller: AuthInfo | undefined): Promise<HttpReply> {
    const message = parse(request);
    const candidate =
      message !== undefined && this.#remembers ? memoCandidate({ headers: request.headers, message }) : undefined;
    if (candidate) {
      const stored = this.#memo.answer(candidate);
      if (stored) return stored;
    }
    const exchange: Exchange = { candidate, personal: false, registered: false, unsendable: false };
    const generation = this.#memo.generation;
    const web = toWebRequest(request, message === undefined);
    // On the request itself: a weak map of every request would cost the garbage collector more than the request does.
    (web as TaggedRequest)[EXCHANGE] = exchange;
    const personal = (): void => {
      exchange.personal = true;
    };
    if (candidate) watchRequest(web, personal);
    const handler = isSubscription(message) ? this.#subscriptions : this.#requests;
    const response = await handler.fetch(web, {
      ...(caller && { authInfo: candidate ? watchedCaller(caller, personal) : caller }),
      ...(message !== undefined && { parsedBody: message }),
    });
    if (exchange.unsendable) return rpcErrorReply(500, -32603, 'Internal server error', {}, idOf(message));
    const reply = await fromWebResponse(response);
    return candidate && reply.status === 200 ? this.#remember(candidate, generation, exchange, reply) : reply;
  }

  /** Ends the open `subscriptions/listen` streams with their result. Calls that are under way go on. */
  endSubscriptions(): void {
    const ending = this.#subscriptions;
    this.#subscriptions = this.#newHandler();
    ending.close().catch(this.#report);
  }

  /** Ends everything that is under way. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.close(), this.#subscriptions.close()]);
  }

  get #remembers(): boolean {
    const { lists } = this.#served.options;
    return lists === 'static' || (lists === undefined && !this.#personal);
  }

  #newHandler(): McpHttpHandler {
    const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES, maxSubscriptions, keepAliveMs } = this.#served.options;
    return createMcpHandler(this.#build, {
      legacy: 'stateless',
      onerror: this.#report,
      bus: this.#bus,
      maxRequestBodySize: maxBodyBytes,
      ...(maxSubscriptions !== undefined && { maxSubscriptions }),
      ...(keepAliveMs !== undefined && { keepAliveMs }),
    });
  }

  readonly #report = (error: unknown): void => {
    const fault = clientFault(error);
    if (fault) this.#log.debug('request refused', { kind: fault });
    else this.#log.error('mcp error', errorFields(error));
  };

  /** Calls the author's factory and watches what it reads. */
  readonly #build = (ctx: McpRequestContext): ReturnType<McpServerFactory> => {
    const tagged: TaggedRequest | undefined = ctx.requestInfo;
    const exchange = tagged?.[EXCHANGE];
    const personal = (): void => {
      if (exchange) exchange.personal = true;
    };
    const product = this.#served.factory({
      era: ctx.era,
      get authInfo() {
        personal();
        return ctx.authInfo;
      },
      get requestInfo() {
        personal();
        return ctx.requestInfo;
      },
      notify: this.#requests.notify,
      ...this.#shared,
    });
    if (exchange?.personal && !this.#personal) {
      this.#personal = true;
      if (this.#served.options.lists === undefined) this.#memo.clear();
    }
    if (exchange) exchange.registered = product instanceof McpServer;
    const unsendable = (): void => {
      this.#log.error('a result could not be sent: is it JSON?');
      if (exchange) exchange.unsendable = true;
    };
    if (!(product instanceof Promise)) return onUnsendable(product, unsendable);
    return product.then((server) => onUnsendable(server, unsendable));
  };

  #remember(candidate: MemoCandidate, generation: number, exchange: Exchange, reply: HttpReply): HttpReply {
    const isStatic = (): boolean =>
      this.#served.options.lists === 'static' ||
      // A template may list its resources by a callback, from anywhere: only the author knows that they stay the same.
      (exchange.registered && !exchange.personal && this.#remembers && candidate.method !== 'resources/list');
    const store = (text: string): void => {
      if (isStatic()) this.#memo.store(candidate, generation, reply.headers, text);
    };
    if (typeof reply.body === 'string') store(reply.body);
    else if (reply.body && !(reply.body instanceof Uint8Array))
      return { ...reply, body: recordText(reply.body, store) };
    return reply;
  }
}

/** The body as JSON; undefined when only the SDK should judge it: another media type, or no JSON. */
function parse({ headers, body }: HttpRequest): unknown {
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) return undefined;
  try {
    return JSON.parse(typeof body === 'string' ? body : body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isSubscription(message: unknown): boolean {
  return (message as { method?: unknown } | null | undefined)?.method === 'subscriptions/listen';
}

function idOf(message: unknown): string | number | null {
  const id = (message as { id?: unknown } | null | undefined)?.id;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
