import { isLoopback, type UrlRules, UrlOptions } from '../url-options.ts';

/** What the URL of a MongoDB store says. */
export interface MongoDbUrl {
  /** `host:port` of one server, from which the others of its replica set are learned; with `srv`, a name in the DNS. */
  readonly host: string;
  readonly srv: boolean;
  readonly tls: boolean;
  readonly database: string;
  readonly username: string | undefined;
  /** ARN of the secret with the password. */
  readonly secret: string | undefined;
  /** Path of a PEM file with the authorities to trust, or `rds` for Amazon's. Absent: those of Node. */
  readonly ca: string | undefined;
  /** Database that knows the user. */
  readonly authSource: string | undefined;
  /** How the password is proved. Absent: as the server wants. */
  readonly authMechanism: (typeof MECHANISMS)[number] | undefined;
  readonly replicaSet: string | undefined;
  readonly retryWrites: boolean;
}

const RULES: UrlRules = {
  options: ['authMechanism', 'authSource', 'ca', 'plaintext', 'replicaSet', 'retryWrites', 'secret'],
  example: 'mongodb+tls://host:27017/my-server?secret=ARN',
};
const MECHANISMS = ['SCRAM-SHA-1', 'SCRAM-SHA-256'] as const;
const PORT = 27017;
/** What py-key-value uses when nobody names a database. */
const DEFAULT_DATABASE = 'kv-store-adapter';
/** Without what MongoDB refuses in names of databases on one system or another. */
const DATABASE = /^[^/\\. "$*<>:|?\0]{1,63}$/;
const SIMPLE_NAME = /^[\w.-]{1,128}$/;

/**
 * Reads `mongodb+tls://[user@]host[:port][/database]`, `mongodb+srv://…` (with TLS, too), and `mongodb://…` without TLS,
 * which needs `plaintext=true` unless the server is on this machine.
 *
 * @throws {StoreUrlError} when anything in it is not understood
 */
export function parseMongoDbUrl(url: URL): MongoDbUrl {
  const options = new UrlOptions(url, RULES);
  const host = url.hostname.toLowerCase();
  const srv = url.protocol === 'mongodb+srv:';
  const tls = url.protocol !== 'mongodb:';
  if (host === '') options.fail('names a host');
  if (host.includes(',')) {
    options.fail('names one host, no list: name any of a replica set, and the others are learned from it');
  }
  if (srv && url.port !== '') options.fail('has no port: the DNS tells it');
  const plaintext = options.flag('plaintext') ?? false;
  if (tls && plaintext) options.fail('has TLS: plaintext=true contradicts it');
  if (!tls && !plaintext && !isLoopback(host)) {
    options.fail('sends everything in clear: write mongodb+tls:, or add plaintext=true when the network is safe');
  }
  const ca = options.text('ca');
  if (ca !== undefined && !tls) options.fail('without TLS has no ca');
  if (ca !== undefined && ca !== 'rds' && !ca.startsWith('/')) {
    options.fail('has rds as ca, for the authorities of Amazon DocumentDB, or the absolute path of a PEM file');
  }
  const secret = options.secretArn('secret');
  const username = decoded(url.username, options);
  if (username !== undefined && secret === undefined) options.fail('that names a user has its password in secret=ARN');
  const authSource = simpleName('authSource', options);
  const authMechanism = options.choice('authMechanism', MECHANISMS);
  if ((authSource ?? authMechanism) !== undefined && secret === undefined) {
    options.fail('has authSource and authMechanism only beside secret=ARN');
  }
  return {
    host: srv ? host : `${host}:${url.port === '' ? PORT : Number(url.port)}`,
    srv,
    tls,
    database: databaseOf(url, options),
    username,
    secret,
    ca,
    authSource,
    authMechanism,
    replicaSet: simpleName('replicaSet', options),
    retryWrites: options.flag('retryWrites') ?? true,
  };
}

function databaseOf(url: URL, options: UrlOptions): string {
  const name = decoded(url.pathname.slice(1), options) ?? DEFAULT_DATABASE;
  if (!DATABASE.test(name)) {
    options.fail('has the name of a database as its path: at most 63 characters without any of /\\. "$*<>:|?');
  }
  return name;
}

function simpleName(name: string, options: UrlOptions): string | undefined {
  const text = options.text(name);
  if (text !== undefined && !SIMPLE_NAME.test(text))
    options.fail(`has a name of letters, digits and hyphens as ${name}`);
  return text;
}

function decoded(text: string, options: UrlOptions): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text);
  } catch {
    return options.fail('has names that are percent-encoded UTF-8');
  }
}
