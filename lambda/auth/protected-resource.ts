import type { HttpReply, HttpRequest } from '../host/http.ts';
import type { AuthPolicy, JwtAuthPolicy } from '../wiring.ts';
import { publishedScopes, RESOURCE_METADATA_PATH, resourceUrl, ROOT_RESOURCE_METADATA_PATH } from './resource.ts';

const METHODS = 'GET, HEAD, OPTIONS';
/** The document is public and holds no secret: any page may read it, without credentials. */
const CORS = { 'access-control-allow-origin': '*' } as const;

/**
 * Answers requests for the protected-resource metadata (RFC 9728), at the path that belongs to the endpoint and at the
 * root: API Gateway renames `WWW-Authenticate`, and then the well-known paths are all that a client has.
 *
 * @returns undefined when the request asks for something else, or when the server wants no bearer tokens (404 then)
 */
export function protectedResourceReply(request: HttpRequest, policy: AuthPolicy): HttpReply | undefined {
  if (policy.mode !== 'jwt') return undefined;
  if (request.path !== RESOURCE_METADATA_PATH && request.path !== ROOT_RESOURCE_METADATA_PATH) return undefined;
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return {
        status: 200,
        headers: { ...CORS, 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
        ...(request.method === 'GET' && { body: JSON.stringify(metadata(request.origin, policy)) }),
      };
    case 'OPTIONS':
      return {
        status: 204,
        headers: {
          ...CORS,
          'access-control-allow-methods': METHODS,
          'access-control-allow-headers': '*', // MCP clients send mcp-protocol-version along
          'access-control-max-age': '86400',
        },
      };
    default:
      return {
        status: 405,
        headers: { ...CORS, allow: METHODS, 'content-type': 'application/json' },
        body: JSON.stringify({ error: 'method_not_allowed', error_description: `Use one of ${METHODS}` }),
      };
  }
}

function metadata(origin: string, policy: JwtAuthPolicy): Record<string, unknown> {
  const scopes = publishedScopes(policy);
  return {
    resource: resourceUrl(origin),
    // Verbatim: clients compare it character for character, so not even a slash may be added.
    authorization_servers: [policy.issuer],
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
  };
}
