/**
 * Origin and Host checks.
 *
 * A page that a person visits can make their browser send requests to any address, also to a server on their own machine,
 * under a name that the page's owner has pointed there (DNS rebinding). Browsers say which page it was in `Origin`, and which
 * name they used in `Host`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http Security Warning
 */

/** Names of this machine, as they stand in a URL. */
export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether the page may call. Clients that are not browsers send no `Origin`, and pass.
 *
 * @param own the server's public origin
 * @param allowed origins as `https://app.example.com`; `*` admits all but the opaque origin `null`
 */
export function originAllowed(origin: string | undefined, own: string, allowed: readonly string[]): boolean {
  if (origin === undefined || origin === '') return true;
  if (origin === own || allowed.includes(origin)) return true;
  const page = parse(origin);
  if (!page) return false;
  if (allowed.includes('*')) return true;
  return page.protocol === 'http:' && LOOPBACK_NAMES.includes(page.hostname);
}

/** Whether the server was called by one of its names; ports do not matter. */
export function hostAllowed(host: string | undefined, names: readonly string[]): boolean {
  if (!host) return false;
  const url = parse(`http://${host}`);
  return url !== undefined && names.includes(url.hostname);
}

function parse(text: string): URL | undefined {
  // An origin is scheme, host and port. `null`, lists and whatever has a path is none.
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s@,\\]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.hostname === '' ? undefined : url;
}
