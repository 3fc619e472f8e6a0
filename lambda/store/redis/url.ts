import { isLoopback, UrlOptions } from '../url-options.ts';

/** How a connection proves who it is. */
export type RedisAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly arn: string; readonly username: string | undefined }
  | {
      readonly kind: 'iam';
      readonly username: string;
      /** Name of the cache or of the replication group, lower-case. */
      readonly cache: string;
      readonly serverless: boolean;
      readonly region: string | undefined;
    };

/** What the URL of a Redis or Valkey store says. */
export interface RedisUrl {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly tls: boolean;
  /** Path of a file with the authorities to trust, instead of those of Node. */
  readonly ca: string | undefined;
  readonly cluster: boolean;
  /** Whether acknowledged writes survive a failover. */
  readonly durable: boolean;
  readonly auth: RedisAuth;
}

const RULES = {
  options: ['auth', 'ca', 'cache', 'cluster', 'durable', 'plaintext', 'region', 'secret', 'serverless'],
  example: 'rediss://user@host:6379/0?auth=iam&cache=NAME&cluster=true',
};
const PORT = 6379;
/** It becomes part of what is signed. */
const REGION = /^[a-z][a-z0-9-]{1,40}$/;
const CACHE = /^[a-z][a-z0-9-]{0,49}$/;

/**
 * Reads `rediss://[user@]host[:port][/database]` and `valkeys://…`, which are the same, and `redis://`, `valkey://` without
 * TLS, which need `plaintext=true` unless the server is on this machine.
 *
 * @throws {StoreUrlError} when anything in it is not understood
 */
export function parseRedisUrl(url: URL): RedisUrl {
  const options = new UrlOptions(url, RULES);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (host === '') options.fail('names a host');
  const tls = /^(?:rediss|valkeys):$/.test(url.protocol);
  const plaintext = options.flag('plaintext') ?? false;
  if (tls && plaintext) options.fail('has TLS: plaintext=true contradicts it');
  if (!tls && !plaintext && !isLoopback(host)) {
    options.fail(
      'sends everything in clear: write rediss: or valkeys:, or add plaintext=true when the network is safe',
    );
  }
  const cluster = options.flag('cluster') ?? false;
  const database = databaseOf(url, options);
  if (cluster && database !== 0) options.fail('with cluster=true has no database: clusters have only database 0');
  const ca = options.text('ca');
  if (ca !== undefined && !tls) options.fail('without TLS has no ca');
  if (ca?.startsWith('/') === false) options.fail('has the absolute path of a PEM file as ca');
  return {
    host,
    port: url.port === '' ? PORT : Number(url.port),
    database,
    tls,
    ca,
    cluster,
    durable: options.flag('durable') ?? false,
    auth: authOf(url, options, tls),
  };
}

function databaseOf(url: URL, options: UrlOptions): number {
  const path = /^(?:\/(\d{1,5})?)?$/.exec(url.pathname);
  if (!path) options.fail('has the number of a database as its path, or no path');
  return Number(path[1] ?? 0);
}

function usernameOf({ username }: URL, options: UrlOptions): string | undefined {
  try {
    return username === '' ? undefined : decodeURIComponent(username);
  } catch {
    return options.fail('has a user name that is not percent-encoded UTF-8');
  }
}

function authOf(url: URL, options: UrlOptions, tls: boolean): RedisAuth {
  const username = usernameOf(url, options);
  const arn = options.secretArn('secret');
  const iam = options.choice('auth', ['iam']) !== undefined;
  const cache = options.text('cache');
  const region = options.text('region');
  const serverless = options.flag('serverless');
  if (region !== undefined && !REGION.test(region)) options.fail('has the name of a region as region');
  if (!iam) {
    for (const [name, value] of Object.entries({ cache, region, serverless })) {
      if (value !== undefined) options.fail(`has ${name} only beside auth=iam`);
    }
    if (arn !== undefined) return { kind: 'secret', arn, username };
    if (username !== undefined) {
      options.fail('that names a user says how it proves itself: auth=iam&cache=NAME, or secret=ARN');
    }
    return { kind: 'none' };
  }
  if (arn !== undefined) options.fail('has either auth=iam or secret=ARN');
  if (!tls) options.fail('with auth=iam needs TLS: write rediss: or valkeys:');
  if (username === undefined) options.fail('with auth=iam names the user before the host');
  if (cache === undefined) options.fail('with auth=iam names the cache or replication group: cache=NAME');
  if (!CACHE.test(cache)) {
    options.fail('has the name of a cache as cache: lower-case letters, digits and hyphens, as ElastiCache keeps it');
  }
  return { kind: 'iam', username, cache, serverless: serverless ?? false, region };
}
