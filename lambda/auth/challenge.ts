import type { HttpReply } from '../host/http.ts';

/** What a client needs to get a token that will do: sent with every challenge. */
export interface ChallengeContext {
  /** URL of the protected-resource metadata (RFC 9728 §5.1). */
  readonly resourceMetadataUrl: string;
  /** Scopes that the operation needs, all of them. */
  readonly scopes: readonly string[];
}

/** 401 without an `error`: the client has sent no credentials (RFC 6750 §3.1). */
export function credentialsMissing(context: ChallengeContext): HttpReply {
  return refuse(401, 'invalid_token', 'A bearer token is required', challenge(context));
}

/** 401: the token is not accepted. The description never says why: that would tell a forger how far the forgery got. */
export function tokenInvalid(context: ChallengeContext): HttpReply {
  const description = 'The access token is invalid, expired, or not meant for this server';
  return refuse(401, 'invalid_token', description, challenge(context, 'invalid_token', description));
}

/** 400: the header is no bearer credential at all (RFC 6750 §3.1, `invalid_request`). */
export function requestMalformed(context: ChallengeContext): HttpReply {
  const description = 'The Authorization header must be one "Bearer" followed by one token';
  return refuse(400, 'invalid_request', description, challenge(context, 'invalid_request', description));
}

/** 403: a good token that lacks a scope; names every scope of the operation, so that one step-up is enough. */
export function scopeInsufficient(context: ChallengeContext): HttpReply {
  const description = 'The access token does not have every scope that this operation needs';
  return refuse(403, 'insufficient_scope', description, challenge(context, 'insufficient_scope', description));
}

/** 503: the token cannot be checked now. Never 401, which would make clients throw away a good token. */
export function checkUnavailable(retryAfterSeconds: number): HttpReply {
  return {
    status: 503,
    headers: { ...JSON_HEADERS, 'retry-after': String(retryAfterSeconds) },
    body: errorBody('temporarily_unavailable', 'Tokens cannot be checked at the moment'),
  };
}

/** 403 where AWS should have checked a signature and has not. */
export function signatureMissing(): HttpReply {
  const description = 'This server accepts only requests that AWS has authenticated (Signature Version 4)';
  return { status: 403, headers: JSON_HEADERS, body: errorBody('access_denied', description) };
}

const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;

function refuse(status: number, error: string, description: string, wwwAuthenticate: string): HttpReply {
  return {
    status,
    headers: { ...JSON_HEADERS, 'www-authenticate': wwwAuthenticate },
    body: errorBody(error, description),
  };
}

/** The OAuth error object, as the SDK's own bearer check and FastMCP send it: at this point there is no JSON-RPC id. */
function errorBody(error: string, description: string): string {
  return JSON.stringify({ error, error_description: description });
}

function challenge({ resourceMetadataUrl, scopes }: ChallengeContext, error?: string, description?: string): string {
  const parameters: [string, string][] = [];
  if (error !== undefined) parameters.push(['error', error]);
  if (description !== undefined) parameters.push(['error_description', description]);
  parameters.push(['resource_metadata', resourceMetadataUrl]);
  if (scopes.length > 0) parameters.push(['scope', scopes.join(' ')]);
  return `Bearer ${parameters.map(([name, value]) => `${name}="${quotedText(value)}"`).join(', ')}`;
}

/** Content of a quoted-string (RFC 9110 §5.6.4): nothing in a value can end the string or the header line. */
function quotedText(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, ' ').replace(/["\\]/g, '\\$&');
}
