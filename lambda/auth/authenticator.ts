import type { AuthInfo } from '@modelcontextprotocol/server';

import type { HttpReply, HttpRequest } from '../host/http.ts';

/** What a check of a request ends in: a caller, or the answer to send instead (401, 403, 503). */
export type AuthResult = { readonly caller: AuthInfo | undefined } | { readonly refusal: HttpReply };

/** Checks who is calling. One per process; keeps the issuer's keys. */
export interface Authenticator {
  authenticate(request: HttpRequest): Promise<AuthResult>;
}
