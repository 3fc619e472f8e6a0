import type { HttpReply, HttpRequest } from '../host/http.ts';

/** The web's request, which the SDK takes. Without a body when that has been parsed already. */
export function toWebRequest(request: HttpRequest, withBody: boolean): Request {
  const { method, path, query, signal } = request;
  const headers = new Headers();
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value === undefined) continue;
    try {
      headers.set(name, value);
    } catch {
      // Not valid as a header of the web's; no header that MCP defines can be this.
    }
  }
  const body = withBody && method !== 'GET' && method !== 'HEAD' ? request.body : undefined;
  return new Request(`${request.origin}${path}${query && `?${query}`}`, {
    method,
    headers,
    signal,
    ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
}

/** The SDK's answer: whole where it is whole, a stream where it is one. */
export async function fromWebResponse(response: Response): Promise<HttpReply> {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) {
    // Each connection has its own; over HTTP/2, which Lambda's front speaks, the header is an error.
    if (name !== 'connection') headers[name] = value;
  }
  const { status, body } = response;
  if (body === null) return { status, headers };
  if (headers['content-type'] === 'text/event-stream') return { status, headers, body };
  return { status, headers, body: await response.text() };
}
