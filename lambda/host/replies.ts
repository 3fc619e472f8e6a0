import type { HttpReply } from './http.ts';

/** An answer that is all there. */
export type TextReply = HttpReply & { readonly body?: string };

/** An answer in JSON. */
export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): TextReply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** An error of JSON-RPC; the id is null for a request whose id is not known, or not read. */
export function rpcErrorReply(
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  id: string | number | null = null,
): TextReply {
  return jsonReply(status, { jsonrpc: '2.0', error: { code, message }, id }, headers);
}

/** A body over the limit. The connection is closed: what is left of the body will not be read. */
export function bodyTooLargeReply(maxBytes: number): TextReply {
  return rpcErrorReply(413, -32000, `Payload Too Large: Request body must not exceed ${maxBytes} bytes`, {
    connection: 'close',
  });
}
