import { StoreUrlError } from './errors.ts';

const EXAMPLES: readonly (readonly [scheme: RegExp, example: string])[] = [
  [/^memory$/, 'memory:'],
  [/^file$/, 'file:///mnt/mcp'],
  [/^dynamodb$/, 'dynamodb://my-table?region=us-east-1'],
  [/^(?:redis|valkey)s?$/, 'rediss://user@host:6379/0?secret=ARN'],
  [/^memcacheds?$/, 'memcacheds://host:11211'],
  [/^mongodb(?:\+tls|\+srv)?$/, 'mongodb+tls://host:27017/my-server?secret=ARN'],
  [/^(?:opensearch|elasticsearch)\+https?$/, 'opensearch+https://host/my-server?auth=sigv4&region=us-east-1'],
  [/^rocksdb$/, 'rocksdb:///mnt/mcp'],
];

/** A comma in the host, not in a password before it. */
const LIST_OF_HOSTS = /^[^/]*\/\/(?:[^/?#]*@)?[^/?#@]*,[^/?#@]*(?:[/?#]|$)/;

/** A URL that would do, of the scheme or at all. */
export function exampleUrl(scheme: string | undefined): string {
  const [, example] = EXAMPLES.find(([pattern]) => pattern.test(scheme ?? '')) ?? [];
  return example ?? 'dynamodb://my-table?region=us-east-1';
}

/** `a redis: URL`, `an opensearch+https: URL`. */
export function aUrl(scheme: string): string {
  return `${/^[aeiou]/.test(scheme) ? 'an' : 'a'} ${scheme}: URL`;
}

/**
 * Reads the URL of a store as it was written. What the parser of URLs would mend silently is refused: a relative path of
 * `file:` becomes an absolute one there, and a list of hosts becomes one name.
 *
 * @throws {StoreUrlError} that names the scheme only: people put passwords into URLs
 */
export function parseStoreUrl(text: unknown): URL {
  if (typeof text !== 'string') throw notNamed(undefined);
  const written = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(written)?.[1]?.toLowerCase();
  if (scheme === undefined) throw notNamed(undefined);
  const example = exampleUrl(scheme);
  if (scheme === 'file' && !/^\/\/(?!\/\.{1,2}(?:\/|$))/.test(written.slice('file:'.length))) {
    throw new StoreUrlError(`${aUrl(scheme)} of a store has an absolute path after three slashes: file:///…`, example);
  }
  if (/^mongodb\b/.test(scheme) && LIST_OF_HOSTS.test(written)) {
    throw new StoreUrlError(
      `${aUrl(scheme)} of a store names one host, no list: name any of a replica set, and the others are learned from it`,
      example,
    );
  }
  if (URL.canParse(written)) return new URL(written);
  if (!written.includes('://')) throw notNamed(scheme);
  throw new StoreUrlError(
    `the ${scheme}: URL of a store cannot be read: check its host and its port, a number up to 65535`,
    example,
  );
}

function notNamed(scheme: string | undefined): StoreUrlError {
  return new StoreUrlError('the store must be named by a URL', exampleUrl(scheme));
}
