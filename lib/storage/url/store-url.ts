import { Token } from 'aws-cdk-lib';

import { parseMemcachedUrl } from '../../../lambda/store/memcached/url.ts';
import { parseMongoDbUrl } from '../../../lambda/store/mongodb/url.ts';
import { parseSearchUrl } from '../../../lambda/store/opensearch/url.ts';
import { aUrl, parseStoreUrl } from '../../../lambda/store/parse-store-url.ts';
import { isLoopback } from '../../../lambda/store/url-options.ts';
import { parseRedisUrl } from '../../../lambda/store/redis/url.ts';
import { RuntimePart } from '../../code/runtime-part.ts';

/** A kind of server that a URL names. */
interface StoreKind {
  readonly part: RuntimePart;
  /** Port of servers whose URL names none. */
  readonly port: number;
  /** Why it is no place for OAuth state, for an error message after "this storage". */
  readonly unfitForState: (options: URLSearchParams) => string | undefined;
  /** The check of the runtime. */
  readonly check: (url: URL) => unknown;
}

const FIT = () => undefined;

const REDIS: StoreKind = {
  part: RuntimePart.REDIS_STORE,
  port: 6379,
  unfitForState: (options) =>
    options.get('durable') === 'true'
      ? undefined
      : 'loses writes that were acknowledged when a server fails. Write durable=true into its URL where that is not so, or ' +
        'accept the loss by allowLostWrites: true. Otherwise',
  check: parseRedisUrl,
};
const MEMCACHED: StoreKind = {
  part: RuntimePart.MEMCACHED_STORE,
  port: 11211,
  unfitForState: () => 'evicts entries, and forgets all of a server that is replaced',
  check: parseMemcachedUrl,
};
const MONGODB: StoreKind = { part: RuntimePart.MONGODB_STORE, port: 27017, unfitForState: FIT, check: parseMongoDbUrl };
const OPENSEARCH: StoreKind = {
  part: RuntimePart.OPENSEARCH_STORE,
  port: 443,
  unfitForState: FIT,
  check: (url) => parseSearchUrl(url, {}),
};
const OPENSEARCH_IN_CLEAR: StoreKind = { ...OPENSEARCH, port: 80 };

const KINDS: Readonly<Record<string, StoreKind>> = {
  rediss: REDIS,
  valkeys: REDIS,
  redis: REDIS,
  valkey: REDIS,
  memcacheds: MEMCACHED,
  memcached: MEMCACHED,
  'mongodb+srv': MONGODB,
  'mongodb+tls': MONGODB,
  mongodb: MONGODB,
  'elasticsearch+https': OPENSEARCH,
  'opensearch+https': OPENSEARCH,
  'elasticsearch+http': OPENSEARCH_IN_CLEAR,
  'opensearch+http': OPENSEARCH_IN_CLEAR,
};

/** What is not reached by a URL alone, and the call for it. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  memory: 'McpStorage.memory()',
  file: 'McpStorage.disk()',
  rocksdb: 'McpStorage.rocksDb()',
  dynamodb: 'McpStorage.fromTable(table)',
};

/** Stands for a secret whose ARN only the deployment knows, where the rest of a URL is checked. */
const SOME_SECRET = 'secret=arn:aws:secretsmanager:us-east-1:111122223333:secret:credentials';

/** A URL that people write to name a store that exists. */
export interface StoreUrl extends StoreKind {
  /** As the application wrote it. */
  readonly text: string;
  readonly options: URLSearchParams;
}

/**
 * Reads the URL of a store. What only the deployment knows is taken as it is; its scheme must be written out.
 *
 * @throws Error when the runtime would refuse it: it names what is wrong, never the URL, which may hold a password
 */
export function readStoreUrl(text: string, hasCredentials: boolean): StoreUrl {
  const [, scheme] = /^([a-z][a-z0-9+]*):/.exec(text) ?? [];
  if (scheme === undefined) {
    throw new Error(`the URL of a store begins with its scheme, written out: one of ${Object.keys(KINDS).join(', ')}`);
  }
  const kind = Object.hasOwn(KINDS, scheme) ? KINDS[scheme] : undefined;
  if (!kind) throw new Error(unknown(scheme));
  const query = /\?[^#]*/.exec(text)?.[0] ?? '';
  const options = new URLSearchParams(Token.isUnresolved(query) ? '' : query);
  refuseSecrets(scheme, text, options);
  if (!Token.isUnresolved(text)) check(kind, scheme, hasCredentials ? withOption(text, SOME_SECRET) : text);
  const [, port] = /^[^/]*\/\/[^/?]*:(\d{1,5})(?:[/?]|$)/.exec(text) ?? [];
  return { ...kind, text, options, port: port === undefined ? kind.port : Number(port) };
}

/** A URL with one more option. */
export function withOption(url: string, option: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${option}`;
}

function unknown(scheme: string): string {
  const call = Object.hasOwn(ELSEWHERE, scheme) ? ELSEWHERE[scheme] : undefined;
  if (call !== undefined) return `${scheme}: is no URL of a server that exists: use ${call}`;
  return `unknown scheme ${JSON.stringify(scheme)} of a store: use one of ${Object.keys(KINDS).join(', ')}`;
}

function refuseSecrets(scheme: string, text: string, options: URLSearchParams): void {
  if (/^[^/]*\/\/[^/?#]*:[^/?#]*@/.test(text)) {
    throw new Error(
      `${aUrl(scheme)} of a store must not contain a password: put it into a secret, and name that as credentials`,
    );
  }
  if (options.has('secret')) {
    throw new Error(`${aUrl(scheme)} of a store has no secret here: name it as credentials, which are granted, too`);
  }
  if (options.has('auth')) {
    throw new Error(
      `${aUrl(scheme)} of a store has no auth here: what signs in with IAM needs grants. Use McpStorage.fromCache() for a ` +
        'cache, McpStorage.fromDomain() for OpenSearch',
    );
  }
}

function check({ check: parse }: StoreKind, scheme: string, text: string): void {
  const url = parseStoreUrl(text);
  if (url.hostname === '') throw new Error(`${aUrl(scheme)} of a store names a host`);
  if (isLoopback(url.hostname)) {
    throw new Error(
      `${aUrl(scheme)} of a store names a host that the server reaches, and on AWS nothing else runs on the machine of the server: ` +
        'name the host of the store',
    );
  }
  parse(url);
}
