import type { HttpReply, HttpRequest } from './http.ts';

/** Headers of requests that browser clients set: authorization, and those of the MCP transports of every revision. */
const ALLOWED_HEADERS: readonly string[] = [
  'authorization',
  'content-type',
  'accept',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
  'mcp-session-id',
  'last-event-id',
];

/** Parameters that a tool mirrors into headers have names of their own, which a list cannot hold. */
const MIRRORED_PARAMETER = /^mcp-param-[a-z0-9_-]{1,100}$/;

/** Headers of answers that a page may read: without `www-authenticate` it could not find where to sign in. */
const EXPOSED_HEADERS = 'www-authenticate, mcp-session-id, mcp-protocol-version, retry-after';

/** Answers a preflight of a page whose origin is allowed. Never with credentials: a bearer token is no cookie. */
export function preflightReply(request: HttpRequest): HttpReply {
  const wanted = (request.headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => MIRRORED_PARAMETER.test(name))
    .slice(0, 50);
  return withCors(request, {
    status: 204,
    headers: {
      'access-control-allow-methods': 'POST, GET, DELETE, OPTIONS',
      'access-control-allow-headers': [...ALLOWED_HEADERS, ...wanted].join(', '),
      'access-control-max-age': '7200',
    },
  });
}

/** Lets the page read the answer. Leaves answers to other clients alone, but says to caches that pages differ. */
export function withCors(request: HttpRequest, reply: HttpReply): HttpReply {
  const origin = request.headers.origin;
  if (!origin) return reply;
  const vary = reply.headers.vary;
  return {
    ...reply,
    headers: {
      ...reply.headers,
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED_HEADERS,
      vary: vary ? `${vary}, Origin` : 'Origin',
    },
  };
}
