import { isLoopback, UrlOptions } from '../url-options.ts';
import type { Sanitization } from './names.ts';

/** How requests prove who sends them. */
export type SearchAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly arn: string }
  | { readonly kind: 'sigv4'; readonly service: SigningService; readonly region: string };

/** The name that AWS signs with: a domain of OpenSearch Service, or a collection of OpenSearch Serverless. */
export type SigningService = 'es' | 'aoss';

/** The product behind the URL: they differ in the type of the field that holds values. */
export type Product = 'OpenSearch' | 'Elasticsearch';

/** What the URL of an OpenSearch or Elasticsearch store says. */
export interface SearchUrl {
  readonly product: Product;
  /** `http:` or `https:` URL of the server, without path. */
  readonly node: string;
  /** What the names of all indexes begin with: in lower case, except in names of py-key-value 0.2. */
  readonly indexPrefix: string;
  /** Path of a file with the authorities to trust, instead of those of Node. */
  readonly ca: string | undefined;
  readonly auth: SearchAuth;
  /** How all names are made, not only those that must be. */
  readonly sanitize: Sanitization | undefined;
  /** Whether new indexes let values be searched, as those that py-key-value makes do. */
  readonly searchable: boolean;
}

const RULES = {
  options: ['auth', 'ca', 'plaintext', 'region', 'sanitize', 'searchable', 'secret', 'service'],
  example: 'opensearch+https://host/my-server?auth=sigv4&region=us-east-1',
};
const PREFIX = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
/** It becomes part of what is signed. */
const REGION = /^[a-z][a-z0-9-]{1,40}$/;
/** Endpoints of AWS say where and what they are. */
const AWS_HOST = /\.([a-z][a-z0-9-]+)\.(es|aoss)\.amazonaws\.com(?:\.cn)?$/;

/**
 * Reads `opensearch+https://host[:port]/INDEX_PREFIX` and `elasticsearch+https://…`; `…+http://` is without TLS and needs
 * `plaintext=true` unless the server is on this machine.
 *
 * @throws {StoreUrlError} when anything in it is not understood
 */
export function parseSearchUrl(url: URL, env: Readonly<Record<string, string | undefined>> = process.env): SearchUrl {
  const options = new UrlOptions(url, RULES);
  // Schemes that the URL standard does not know keep the host as it was written.
  const host = url.hostname.toLowerCase();
  if (host === '') options.fail('names a host');
  if (url.username !== '') options.fail('has no user: it is in the secret that secret=ARN names');
  const tls = url.protocol.endsWith('+https:');
  const plaintext = options.flag('plaintext') ?? false;
  if (tls && plaintext) options.fail('has TLS: plaintext=true contradicts it');
  if (!tls && !plaintext && !isLoopback(host)) {
    options.fail('sends everything in clear: write +https:, or add plaintext=true when the network is safe');
  }
  const prefix = url.pathname.replace(/^\//, '');
  if (!PREFIX.test(prefix)) {
    options.fail(
      'has the prefix of its indexes as path: up to 100 letters, digits, "_", "." or "-", a letter or digit first',
    );
  }
  const ca = options.text('ca');
  if (ca !== undefined && !tls) options.fail('without TLS has no ca');
  if (ca?.startsWith('/') === false) options.fail('has the absolute path of a PEM file as ca');
  const sanitize = options.choice('sanitize', ['v0', 'v1']);
  return {
    product: url.protocol.startsWith('elasticsearch') ? 'Elasticsearch' : 'OpenSearch',
    node: `${tls ? 'https' : 'http'}://${host}${url.port === '' ? '' : `:${url.port}`}`,
    indexPrefix: sanitize === 'v0' ? prefix : prefix.toLowerCase(),
    ca,
    auth: authOf(options, host, env),
    sanitize,
    searchable: options.flag('searchable') ?? false,
  };
}

function authOf(options: UrlOptions, host: string, env: Readonly<Record<string, string | undefined>>): SearchAuth {
  const arn = options.secretArn('secret');
  const sigv4 = options.choice('auth', ['sigv4']) !== undefined;
  const service = options.choice('service', ['es', 'aoss']);
  const region = options.text('region');
  if (region !== undefined && !REGION.test(region)) options.fail('has the name of a region as region');
  if (!sigv4) {
    for (const [name, value] of Object.entries({ service, region })) {
      if (value !== undefined) options.fail(`has ${name} only beside auth=sigv4`);
    }
    return arn === undefined ? { kind: 'none' } : { kind: 'secret', arn };
  }
  if (arn !== undefined) options.fail('has either auth=sigv4 or secret=ARN');
  const [, hostRegion, hostService] = AWS_HOST.exec(host) ?? [];
  const signed = region ?? hostRegion ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (signed === undefined) options.fail('with auth=sigv4 needs a region: add region= or set AWS_REGION');
  return { kind: 'sigv4', service: service ?? (hostService === 'aoss' ? 'aoss' : 'es'), region: signed };
}
