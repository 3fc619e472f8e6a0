import {
  createRequestStateCodec,
  type AuthInfo,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';

import type { KeyRing } from '../keys/key-ring.ts';
import type { RequestStateOptions, RequestStates } from '../serve.ts';

const DEFAULT_TTL_SECONDS = 600;

/**
 * The SDK's codec over a key ring: the first key signs, all verify, so that a rotation refuses no state that is under way.
 * The state is bound to the server, the caller and the method.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export function requestStateCodec<T>(
  ring: KeyRing,
  serverName: string,
  options: RequestStateOptions = {},
): RequestStates<T> {
  const { ttlSeconds = DEFAULT_TTL_SECONDS } = options;
  if (!(ttlSeconds > 0 && Number.isFinite(ttlSeconds))) {
    throw new TypeError(`ttlSeconds of a request state is ${ttlSeconds}: give a number of seconds above 0`);
  }
  const bind = (ctx: ServerContext): string =>
    JSON.stringify([serverName, ctx.mcpReq.method, callerOf(ctx.http?.authInfo), options.bind?.(ctx) ?? null]);
  const codecs = async (): Promise<RequestStateCodec<T>[]> =>
    (await ring.keys('request-state')).map((key) => createRequestStateCodec<T>({ key, ttlSeconds, bind }));
  return {
    mint: async (payload, ctx) => {
      const [current] = await codecs();
      if (!current) throw new Error('The key ring has no key for request state');
      return current.mint(payload, ctx);
    },
    verify: async (state, ctx) => {
      let refused: unknown = new Error('mac');
      for (const codec of await codecs()) {
        try {
          return await codec.verify(state, ctx);
        } catch (error) {
          // Another key may have signed it; whatever else is wrong is wrong under every key.
          refused = error;
          if (!(error instanceof Error) || error.message !== 'mac') break;
        }
      }
      throw refused;
    },
  };
}

/** The same person is the same caller after their token was refreshed: the token itself is no part of it. */
function callerOf(caller: AuthInfo | undefined): readonly unknown[] | null {
  if (!caller) return null;
  const { iss, sub } = caller.extra ?? {};
  return [iss ?? null, sub ?? null, caller.clientId];
}
