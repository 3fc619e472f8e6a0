import { isLoopback, UrlOptions } from '../url-options.ts';
import type { KeyRule } from './keys.ts';

const DEFAULT_PORT = 11211;
/** Largest item that memcached can be told to take (`-I`). */
const MAX_ITEM = 1024 * 1024 * 1024;

/** What a `memcached:` or `memcacheds:` URL says. */
export interface MemcachedUrl {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Path of a file with certificates of authorities, PEM. */
  readonly ca?: string;
  readonly discovery: boolean;
  readonly keys: KeyRule;
  readonly maxItemBytes?: number;
}

/**
 * Reads `memcacheds://HOST[:PORT]` and `memcached://HOST[:PORT]`, the latter for this machine, or with `plaintext=true`.
 *
 * @throws {StoreUrlError} when anything in it is not understood
 */
export function parseMemcachedUrl(url: URL): MemcachedUrl {
  const options = new UrlOptions(url, {
    options: ['ca', 'discovery', 'sanitize', 'plaintext', 'maxItemBytes'],
    example: 'memcacheds://host:11211',
  });
  const tls = url.protocol === 'memcacheds:';
  if (url.hostname === '') options.fail('must name a host');
  if (url.username !== '') options.fail('must not name a user: memcached on AWS knows none');
  if (url.pathname !== '' && url.pathname !== '/') options.fail('has no path');
  const plaintext = options.flag('plaintext');
  const ca = options.text('ca');
  if (tls && plaintext) options.fail('has no plaintext=true: it is encrypted');
  if (!tls && ca !== undefined) options.fail('has no ca: it is not encrypted. Use memcacheds:');
  if (!tls && plaintext !== true && !isLoopback(url.hostname)) {
    options.fail('sends everything in plain text, so it is for this machine only: use memcacheds:, or plaintext=true');
  }
  if (ca !== undefined && !ca.startsWith('/')) options.fail('has the absolute path of a PEM file as ca');
  const sanitize = options.flag('sanitize');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    tls,
    ca,
    discovery: options.flag('discovery') ?? false,
    keys: sanitize === undefined ? 'fit' : sanitize ? 'v1' : 'raw',
    maxItemBytes: bytesOf(options),
  };
}

function bytesOf(options: UrlOptions): number | undefined {
  const text = options.text('maxItemBytes');
  if (text === undefined) return undefined;
  const bytes = /^\d{4,10}$/.test(text) ? Number(text) : 0;
  if (bytes < 1024 || bytes > MAX_ITEM) options.fail(`has 1024 to ${MAX_ITEM} as maxItemBytes`);
  return bytes;
}
