import type { HttpReply, HttpRequest } from '../host/http.ts';

/** The web's request, which the SDK takes. Without a body when that has been parsed already. */
export function toWebRequest(request: HttpRequest, withBody: boolean): Request {
  const { method, path, query, signal, body } = request;
  const url = `${request.origin}${path}${query && `?${query}`}`;
  let web: Request;
  if (withBody) {
    // The SDK reads a clone of it, so the signal must be the real one.
    web = new Request(url, { method, signal, body: typeof body === 'string' ? body : new Uint8Array(body) });
    web.headers.delete('content-type'); // a text brings one along
  } else {
    web = new Request(url, { method });
    // Given to the constructor, the signal would be wrapped in another one, with a finalizer for each request.
    Object.defineProperty(web, 'signal', { value: signal });
  }
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value === undefined) continue;
    try {
      web.headers.set(name, value);
    } catch {
      // Not valid as a header of the web's; no header that MCP defines can be this.
    }
  }
  return web;
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
