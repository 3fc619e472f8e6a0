import type { AuthInfo } from '@modelcontextprotocol/server';

/**
 * Headers that are the same for everybody whose answer is kept under one key, and `mcp-name`, which lists do not have: the
 * SDK reads them of each request.
 */
const IMPERSONAL: ReadonlySet<string> = new Set([
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
  'accept',
  'content-type',
]);

/** The caller, for handlers of lists: reading anything of it makes the answer this caller's alone. */
export function watchedCaller(caller: AuthInfo, read: () => void): AuthInfo {
  return new Proxy(caller, {
    get: (target, name) => {
      read();
      return Reflect.get(target, name) as unknown;
    },
    has: (target, name) => {
      read();
      return Reflect.has(target, name);
    },
    ownKeys: (target) => {
      read();
      return Reflect.ownKeys(target);
    },
    getOwnPropertyDescriptor: (target, name) => {
      read();
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
  });
}

/**
 * Watches the request in the same way: an API key, a cookie or a query tells callers apart as well as a token does. Copies
 * that somebody makes of the request hold none of the headers that are watched.
 */
export function watchRequest(request: Request, read: () => void): void {
  const headers = new Headers(request.headers);
  for (const name of headers.keys()) if (!IMPERSONAL.has(name)) request.headers.delete(name);
  const { url } = request;
  Object.defineProperties(request, {
    headers: { value: watchedHeaders(headers, read) },
    url: {
      get: () => {
        read();
        return url;
      },
    },
  });
}

function watchedHeaders(headers: Headers, read: () => void): Headers {
  return new Proxy(headers, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...parameters: unknown[]): unknown => {
        const one = property === 'get' || property === 'has';
        if (!one || !IMPERSONAL.has(String(parameters[0]).toLowerCase())) read();
        return Reflect.apply(member, target, parameters);
      };
    },
  });
}
