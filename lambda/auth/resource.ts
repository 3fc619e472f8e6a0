import { MCP_PATH } from '../host/endpoint.ts';
import type { JwtAuthPolicy } from '../wiring.ts';

/** Well-known path of RFC 9728, with the endpoint's path inserted behind it. Clients look here first. */
export const RESOURCE_METADATA_PATH = `/.well-known/oauth-protected-resource${MCP_PATH}`;

/** The same for the whole origin. Clients look here second. */
export const ROOT_RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** The resource identifier of this server (RFC 8707): what clients ask tokens for. */
export function resourceUrl(origin: string): string {
  return `${origin}${MCP_PATH}`;
}

/** Address of the metadata document, as challenges name it. */
export function resourceMetadataUrl(origin: string): string {
  return `${origin}${RESOURCE_METADATA_PATH}`;
}

/**
 * Scopes that calls need and clients are told to ask for. Never `offline_access`: whether a client wants a refresh token
 * is between it and the issuer (MCP authorization 2026-07-28, refresh tokens).
 */
export function publishedScopes(policy: JwtAuthPolicy): readonly string[] {
  return [...new Set(policy.scopes)].filter((scope) => scope !== 'offline_access');
}
