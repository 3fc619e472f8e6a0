/** What the `Authorization` header says about a bearer token. */
export type BearerCredentials =
  /** No bearer token: no header, an empty one, or another scheme. */
  | { readonly kind: 'absent' }
  /** The bearer scheme, but not one token: nothing behind it, two headers joined, characters that no token has. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'token'; readonly token: string };

/** The grammar `b64token` of RFC 6750 §2.1. A comma is not in it: two joined headers never pass for one. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** Reads the token from the value of the `Authorization` header, the only place where one is looked for. */
export function bearerCredentials(authorization: string | undefined): BearerCredentials {
  const text = authorization?.trim() ?? '';
  if (!/^bearer(?:[ \t,]|$)/i.test(text)) return { kind: 'absent' };
  const token = text.slice('bearer'.length).trim();
  return TOKEN.test(token) ? { kind: 'token', token } : { kind: 'malformed' };
}
