import type { AuthInfo } from '@modelcontextprotocol/server';

import type { HttpReply, HttpRequest } from '../host/http.ts';

/** What a check of a request ends in: a caller, or the answer to send instead (400, 401, 403, 503). */
export type AuthResult =
  | { readonly caller: AuthInfo | undefined }
  | {
      readonly refusal: HttpReply;
      /** Why, for logs and metrics: a fixed phrase, nothing of the token. The client is not told. */
      readonly reason?: string;
    };

/** Checks who is calling. One per process; keeps the issuer's keys. Never rejects. */
export interface Authenticator {
  authenticate(request: HttpRequest): Promise<AuthResult>;
}
