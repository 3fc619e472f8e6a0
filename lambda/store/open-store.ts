import { StoreUrlError } from './errors.ts';
import type { KeyValueStore, StoreAdapter } from './key-value-store.ts';

/**
 * Opens the store that a URL names, with one of the adapters of this bundle. Connects at the first use.
 *
 * @throws {StoreUrlError} when it is not a URL, no adapter has its scheme, or the adapter does not understand it. Only
 * the scheme is named: people put passwords into URLs
 */
export function openStore(url: URL | string, adapters: readonly StoreAdapter[]): KeyValueStore {
  const parsed = typeof url === 'string' ? parse(url) : url;
  const scheme = parsed.protocol.slice(0, -1);
  const adapter = adapters.find(({ schemes }) => schemes.includes(scheme));
  if (adapter) return adapter.open(parsed);
  const known = adapters.flatMap(({ schemes }) => schemes).map((name) => `${name}:`);
  throw new StoreUrlError(
    `no adapter for "${scheme}:" in this bundle; it has ${known.length === 0 ? 'none' : known.join(', ')}`,
    EXAMPLES[adapters[0]?.schemes[0] ?? ''] ?? 'memory:',
  );
}

const EXAMPLES: Readonly<Record<string, string>> = {
  memory: 'memory:',
  file: 'file:///mnt/mcp',
  dynamodb: 'dynamodb://my-table?region=us-east-1',
  redis: 'rediss://user@host:6379/0?auth=iam&cache=NAME',
  memcached: 'memcacheds://host:11211',
  mongodb: 'mongodb+tls://host:27017/my-server?secret=ARN',
  'opensearch+https': 'opensearch+https://host/my-server?auth=sigv4&region=us-east-1',
  rocksdb: 'rocksdb:///mnt/mcp',
};

function parse(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new StoreUrlError('the store must be named by a URL', 'dynamodb://my-table?region=us-east-1');
}
