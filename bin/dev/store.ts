import { pathToFileURL } from 'node:url';

import { StoreUrlError } from '../../lambda/store/errors.ts';
import type { StoreAdapter } from '../../lambda/store/key-value-store.ts';
import { parseStoreUrl } from '../../lambda/store/parse-store-url.ts';
import { RuntimePart } from '../../lib/code/runtime-part.ts';
import { UsageError } from '../usage-error.ts';
import type { DevFlags } from './flags.ts';

/** Where a server on this machine stores. */
export interface DevStore {
  readonly url: string;
  /** What the bundle needs for it. */
  readonly part: RuntimePart;
  /** For people: without user, password and options, where secrets would be. */
  readonly shown: string;
  /** A folder that has to be there. */
  readonly folder?: string;
}

/** Each scheme of a store URL, and the part that opens it. Tests hold it against the adapters. */
export const STORE_PARTS: Readonly<Record<string, RuntimePart>> = {
  memory: RuntimePart.MEMORY_STORE,
  file: RuntimePart.DISK_STORE,
  dynamodb: RuntimePart.DYNAMODB_STORE,
  redis: RuntimePart.REDIS_STORE,
  rediss: RuntimePart.REDIS_STORE,
  valkey: RuntimePart.REDIS_STORE,
  valkeys: RuntimePart.REDIS_STORE,
  memcached: RuntimePart.MEMCACHED_STORE,
  memcacheds: RuntimePart.MEMCACHED_STORE,
  mongodb: RuntimePart.MONGODB_STORE,
  'mongodb+tls': RuntimePart.MONGODB_STORE,
  'mongodb+srv': RuntimePart.MONGODB_STORE,
  'elasticsearch+http': RuntimePart.OPENSEARCH_STORE,
  'elasticsearch+https': RuntimePart.OPENSEARCH_STORE,
  'opensearch+http': RuntimePart.OPENSEARCH_STORE,
  'opensearch+https': RuntimePart.OPENSEARCH_STORE,
  rocksdb: RuntimePart.ROCKSDB_STORE,
};

/**
 * The store of the flags; the folder of the server when they name none.
 *
 * @throws {UsageError} when it is no URL, or of a scheme that no adapter has. Only the scheme is named: people put
 * passwords into URLs
 */
export function devStore({ memory, store }: Pick<DevFlags, 'memory' | 'store'>, data: string): DevStore {
  if (memory) return { url: 'memory:', part: RuntimePart.MEMORY_STORE, shown: 'memory' };
  if (store === undefined) {
    return { url: pathToFileURL(data).href, part: RuntimePart.DISK_STORE, shown: data, folder: data };
  }
  if (!/^[a-z][a-z0-9+.-]*:/i.test(store)) {
    throw new UsageError('--store must be a URL such as redis://localhost or file:///srv/mcp');
  }
  const { protocol, host, pathname, href } = refusedByName(() => parseStoreUrl(store));
  const scheme = protocol.slice(0, -1);
  const part = Object.hasOwn(STORE_PARTS, scheme) ? STORE_PARTS[scheme] : undefined;
  if (part) return { url: href, part, shown: `${protocol}${host === '' ? '' : '//'}${host}${pathname}` };
  throw new UsageError(
    `--store has no adapter for ${JSON.stringify(`${scheme}:`)}: use one of ${Object.keys(STORE_PARTS).join(', ')}`,
  );
}

/**
 * Opens the store as the server will, without a call to it: what its adapter does not understand is told before anything
 * is bundled.
 *
 * @throws {UsageError} that names the flag
 */
export async function checkStore({ url, part }: DevStore): Promise<void> {
  const adapter = await ADAPTERS.get(part)?.();
  if (adapter === undefined) return;
  await refusedByName(() => adapter.open(new URL(url))).close();
}

/** Only the one that is asked for is loaded. */
const ADAPTERS: ReadonlyMap<RuntimePart, () => Promise<StoreAdapter>> = new Map([
  [RuntimePart.DISK_STORE, async () => (await import('../../lambda/store/adapters/disk.ts')).diskAdapter],
  [RuntimePart.MEMORY_STORE, async () => (await import('../../lambda/store/adapters/memory.ts')).memoryAdapter],
  [RuntimePart.DYNAMODB_STORE, async () => (await import('../../lambda/store/adapters/dynamodb.ts')).dynamoDbAdapter],
  [RuntimePart.REDIS_STORE, async () => (await import('../../lambda/store/adapters/redis.ts')).redisAdapter],
  [
    RuntimePart.MEMCACHED_STORE,
    async () => (await import('../../lambda/store/adapters/memcached.ts')).memcachedAdapter,
  ],
  [RuntimePart.MONGODB_STORE, async () => (await import('../../lambda/store/adapters/mongodb.ts')).mongoDbAdapter],
  [
    RuntimePart.OPENSEARCH_STORE,
    async () => (await import('../../lambda/store/adapters/opensearch.ts')).openSearchAdapter,
  ],
  [RuntimePart.ROCKSDB_STORE, async () => (await import('../../lambda/store/adapters/rocksdb.ts')).rocksDbAdapter],
]);

function refusedByName<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StoreUrlError)) throw error;
    throw new UsageError(`--store cannot be used: ${error.message}`);
  }
}
