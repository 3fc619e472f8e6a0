import type { Construct } from 'constructs';

import type { BoundStorage } from './bound-storage.ts';
import type { MongoDbStorageProps } from './documentdb/document-db-storage.ts';
import { bindNewCluster } from './documentdb/document-db-storage.ts';
import { bindNewTable } from './dynamodb-storage.ts';
import type { DiskStorageProps } from './efs/disk-storage.ts';
import { bindNewFileSystem } from './efs/disk-storage.ts';
import type { MemcachedProps } from './elasticache/mcp-memcached.ts';
import { bindNewMemcached } from './elasticache/memcached-storage.ts';
import type { CacheStorageProps } from './elasticache/redis-storage.ts';
import { bindNewCache } from './elasticache/redis-storage.ts';
import type { McpStorageBindOptions } from './mcp-storage.ts';
import type { McpTableProps } from './mcp-table.ts';
import { MemoryStorage } from './memory-storage.ts';
import type { OneServerProps } from './one-server.ts';
import { OneServer } from './one-server.ts';
import type { OpenSearchStorageProps } from './opensearch/open-search-storage.ts';
import { bindNewOpenSearch } from './opensearch/open-search-storage.ts';
import type { RocksDbStorageProps } from './rocksdb/rocksdb-storage.ts';
import { RocksDbStorage } from './rocksdb/rocksdb-storage.ts';

/** Gives a server its storage. */
export type Binder = (server: Construct, options: McpStorageBindOptions) => BoundStorage;

/** What is made anew is made for one server: another must ask for its own, or share. */
function forOneServer(props: OneServerProps, bind: Binder): Binder {
  const one = new OneServer(props);
  return (server, options) => {
    one.take(server);
    return bind(server, options);
  };
}

export function newMemory(): Binder {
  return () => new MemoryStorage();
}

export function newRocksDb(props: RocksDbStorageProps): Binder {
  return () => new RocksDbStorage(props);
}

export function newTable(props: McpTableProps): Binder {
  return forOneServer(
    { call: 'McpStorage.dynamoDb()', what: 'table', share: 'McpStorage.fromTable(first.storage.table)' },
    (server, options) => bindNewTable(server, props, options),
  );
}

export function newCluster(props: MongoDbStorageProps): Binder {
  return forOneServer(
    {
      call: 'McpStorage.mongoDb()',
      what: 'cluster',
      share: 'new McpDocumentDb(…) and McpStorage.fromCluster(documents.cluster, { credentials })',
    },
    (server, options) => bindNewCluster(server, props, options),
  );
}

export function newOpenSearch(props: OpenSearchStorageProps): Binder {
  return forOneServer(
    {
      call: 'McpStorage.openSearch()',
      what: 'domain or collection',
      share: 'new McpSearchDomain(…) and McpStorage.fromDomain(search.domain)',
    },
    (server, options) => bindNewOpenSearch(server, props, options),
  );
}

export function newFileSystem(props: DiskStorageProps): Binder {
  return forOneServer(
    {
      call: 'McpStorage.disk()',
      what: 'file system',
      share: 'new McpFileSystem(…) and McpStorage.fromFileSystem(files.fileSystem)',
    },
    (server, options) => bindNewFileSystem(server, props, options),
  );
}

export function newCache(engineName: 'valkey' | 'redis', props: CacheStorageProps): Binder {
  return forOneServer(
    {
      call: `McpStorage.${engineName}()`,
      what: 'cache',
      share: 'new McpCache(…) and McpStorage.fromCache(cache)',
    },
    (server, options) => bindNewCache(server, engineName, props, options),
  );
}

export function newMemcached(props: MemcachedProps): Binder {
  return forOneServer(
    {
      call: 'McpStorage.memcached()',
      what: 'cache',
      share: 'new McpMemcached(…) and McpStorage.fromMemcached(cache)',
    },
    (server, options) => bindNewMemcached(server, props, options),
  );
}
