import { openServerStore } from './app-store.ts';
import { DiscreetStore } from './discreet-store.ts';
import { authenticatorFor } from './auth/authenticator-for.ts';
import { protectedResourceReply } from './auth/protected-resource.ts';
import { preflightReply, withCors } from './host/cors.ts';
import { HEALTH_PATH, MCP_PATH } from './host/endpoint.ts';
import type { HttpHandler, HttpReply, HttpRequest } from './host/http.ts';
import { hostAllowed, originAllowed } from './host/origin.ts';
import { bodyTooLargeReply, jsonReply, rpcErrorReply } from './host/replies.ts';
import { ephemeralKeyRing } from './keys/ephemeral.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { errorFields } from './log/error-fields.ts';
import type { Log } from './log/log.ts';
import { DEFAULT_MAX_BODY_BYTES, McpEndpoint } from './mcp/endpoint.ts';
import { requestStateCodec } from './mcp/request-state.ts';
import type { RequestMetrics } from './metrics/metrics.ts';
import type { RuntimeParts } from './parts.ts';
import type { ServedServer } from './serve.ts';
import { assertServed } from './served.ts';
import { type Wiring, WIRING, WiringError } from './wiring.ts';

export interface AppOptions {
  readonly log: Log;
  /**
   * Told of each answer.
   *
   * @default - nothing is counted
   */
  readonly metrics?: Pick<RequestMetrics, 'answered'>;
  /**
   * Names that the Host header may have unless the author allows others; requests for other names get 403.
   *
   * @default - not checked: AWS only hands over what was sent to the server's own name
   */
  readonly hosts?: readonly string[];
}

/** A server, ready to answer; the same one behind every host. */
export interface App {
  readonly handle: HttpHandler;
  readonly maxBodyBytes: number;
  /** Ends the open subscription streams with their result; whatever else is under way goes on. */
  endSubscriptions(): void;
  /** Ends what is under way and closes the store. */
  close(): Promise<void>;
}

/**
 * Puts a server together from its wiring and the parts of its bundle.
 *
 * @throws {WiringError} when the wiring needs a part that the bundle was built without
 * @throws {TypeError} when the server file does not export what `serve()` returns
 */
export function createApp(served: ServedServer, wiring: Wiring, parts: RuntimeParts, options: AppOptions): App {
  const { log } = options;
  assertServed(served);
  const hosts = options.hosts && (served.options.allowedHosts ?? options.hosts);
  const { allowedOrigins = [], maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = served.options;
  const authenticator = authenticatorFor(wiring.auth, parts);
  const ring = keyRing(wiring, parts, log);
  const store = new DiscreetStore(openServerStore(wiring, parts), log);
  const endpoint = new McpEndpoint(
    served,
    {
      store,
      storageKeys: () => ring.keys('storage'),
      log,
      requestState: (stateOptions) => requestStateCodec(ring, wiring.serverName, stateOptions),
    },
    log,
  );

  const mcp = async (request: HttpRequest): Promise<HttpReply> => {
    const result = await authenticator.authenticate(request);
    if ('refusal' in result) {
      const { status } = result.refusal;
      log[status >= 500 ? 'warn' : 'debug']('request refused', { status, reason: result.reason });
      return result.refusal;
    }
    if (request.method !== 'POST') return rpcErrorReply(405, -32000, 'Method not allowed.', { allow: 'POST' });
    if (Buffer.byteLength(request.body) > maxBodyBytes) return bodyTooLargeReply(maxBodyBytes);
    return endpoint.handle(request, result.caller);
  };

  const route = async (request: HttpRequest): Promise<HttpReply> => {
    const { path, method, headers } = request;
    if (path === HEALTH_PATH) return health(method);
    if (hosts && !hostAllowed(headers.host, hosts)) {
      return rpcErrorReply(403, -32000, 'The Host header names no host that this server answers for');
    }
    if (path === MCP_PATH || path === `${MCP_PATH}/`) {
      if (!originAllowed(headers.origin, request.origin, allowedOrigins)) {
        return rpcErrorReply(403, -32000, 'Pages of this origin may not call this server');
      }
      return method === 'OPTIONS' ? preflightReply(request) : withCors(request, await mcp(request));
    }
    const metadata = protectedResourceReply(request, wiring.auth);
    return metadata ?? jsonReply(404, { error: 'not_found', error_description: `The MCP endpoint is ${MCP_PATH}` });
  };

  return {
    maxBodyBytes,
    handle: async (request) => {
      try {
        const reply = await route(request);
        options.metrics?.answered(reply.status);
        return reply;
      } catch (error) {
        log.error('request failed', errorFields(error));
        options.metrics?.answered(500);
        return rpcErrorReply(500, -32603, 'Internal server error');
      }
    },
    endSubscriptions: () => {
      endpoint.endSubscriptions();
    },
    close: async () => {
      await endpoint.close();
      await store.close();
    },
  };
}

function health(method: string): HttpReply {
  if (method === 'GET' || method === 'HEAD') return jsonReply(200, { status: 'ok' }, { 'cache-control': 'no-store' });
  return jsonReply(405, { error: 'method_not_allowed', error_description: 'Use GET or HEAD' }, { allow: 'GET, HEAD' });
}

/** The deployment's keys; keys of this process alone where there are none. Reading them waits until they are needed. */
function keyRing(wiring: Wiring, parts: RuntimeParts, log: Log): KeyRing {
  if (wiring.keysSecret !== undefined) {
    if (parts.keyRing) return parts.keyRing(wiring.keysSecret);
    throw new WiringError(
      WIRING.keysSecret,
      'is set, but this bundle was built without the part that reads it; build it for a deployment with keys, or remove the variable',
      'arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf',
    );
  }
  const ring = ephemeralKeyRing();
  let warned = false;
  return {
    keys: (purpose) => {
      if (!warned)
        log.warn('keys of this process only: set MCP_KEYS_SECRET where several instances serve', { purpose });
      warned = true;
      return ring.keys(purpose);
    },
  };
}
