import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as docdb from 'aws-cdk-lib/aws-docdb';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as efs from 'aws-cdk-lib/aws-efs';
import type * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import type { Construct } from 'constructs';

import type { Workload } from '../backend/workload.ts';
import type { ServerNetwork } from '../network/server-network.ts';
import { requireResource } from '../private/require-resource.ts';
import type { BoundStorage } from './bound-storage.ts';
import type { ClusterStorageProps, MongoDbStorageProps } from './documentdb/document-db-storage.ts';
import { bindCluster } from './documentdb/document-db-storage.ts';
import { bindTable } from './dynamodb-storage.ts';
import type { AccessPointStorageProps, DiskStorageProps } from './efs/disk-storage.ts';
import { bindAccessPoint, bindFileSystem } from './efs/disk-storage.ts';
import type { ServerFolderProps } from './efs/server-folder.ts';
import type { IMcpCache } from './elasticache/cache-base.ts';
import type { CacheStorageProps, SharedCacheOptions } from './elasticache/redis-storage.ts';
import { bindCache } from './elasticache/redis-storage.ts';
import type { IMcpMemcached, MemcachedProps } from './elasticache/mcp-memcached.ts';
import { bindMemcached } from './elasticache/memcached-storage.ts';
import type { McpTableProps } from './mcp-table.ts';
import { newChoice } from './new-choice.ts';
import type { Binder } from './new-storage.ts';
import {
  newCache,
  newCluster,
  newFileSystem,
  newMemcached,
  newMemory,
  newOpenSearch,
  newRocksDb,
  newTable,
} from './new-storage.ts';
import type { DomainStorageProps, OpenSearchStorageProps } from './opensearch/open-search-storage.ts';
import { bindCollection, bindDomain } from './opensearch/open-search-storage.ts';
import type { ISearchCollection } from './opensearch/search-collection.ts';
import type { RocksDbStorageProps } from './rocksdb/rocksdb-storage.ts';
import { readStoreUrl } from './url/store-url.ts';
import type { UrlStorageProps } from './url/url-storage.ts';
import { bindUrl } from './url/url-storage.ts';

/** What a server tells its storage. */
export interface McpStorageBindOptions {
  /** Name of the server: its namespace in a store that several share. */
  readonly serverName: string;
  /** The network of the server, for storage that lives in one. */
  readonly network: ServerNetwork;
  /**
   * What becomes of the data when it leaves the stack.
   *
   * @default - what the storage says: it is retained, or a snapshot of it
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Where a server keeps what it stores. */
export abstract class McpStorage {
  /** Memory of the process: nothing is provisioned, and everything is lost when the process ends. */
  static memory(): McpStorage {
    return new ChosenStorage(newMemory());
  }

  /**
   * A DynamoDB table of the server's own: durable, shared by all instances, paid per request.
   *
   * One object makes one table, for one server. To share it, give other servers `McpStorage.fromTable(first.storage.table)`.
   */
  static dynamoDb(props: McpTableProps = {}): McpStorage {
    return new ChosenStorage(newTable(props));
  }

  /**
   * A DynamoDB table that exists already: another server's, or one imported into the application. It must have the
   * partition key `collection` and the sort key `key`, both strings, and `ttl` as its time-to-live attribute.
   * Nothing about it is changed; the server may use its own namespace in it, no other server's.
   */
  static fromTable(table: dynamodb.ITable): McpStorage {
    requireResource('McpStorage.fromTable()', 'a table, such as new McpTable(…).table', 'tableArn', table);
    return new ChosenStorage((server, options) => bindTable(server, table, options));
  }

  /**
   * A database of an Amazon DocumentDB cluster of the server's own, in the network of the server: durable, shared by all
   * instances, paid by the hour.
   *
   * One object makes one cluster, for one server. To share one, make it with `new McpDocumentDb(…)` and give each server
   * `McpStorage.fromCluster(documents.cluster, { credentials: documents.credentials })`: each has a database of its own there, but
   * the user is one for all, so that only the kit keeps them apart. With a user for each server the cluster does.
   */
  static mongoDb(props: MongoDbStorageProps = {}): McpStorage {
    return new ChosenStorage(newCluster(props));
  }

  /**
   * A database of a DocumentDB cluster that exists already. The server is put into the network of a `McpDocumentDb`; of another
   * cluster it must be in the network already. Nothing about the cluster is changed but its security group, which lets the server in.
   */
  static fromCluster(cluster: docdb.IDatabaseCluster, props: ClusterStorageProps): McpStorage {
    requireResource(
      'McpStorage.fromCluster()',
      'a cluster, such as new McpDocumentDb(…).cluster',
      'clusterIdentifier',
      cluster,
    );
    requireResource(
      'McpStorage.fromCluster()',
      'credentials that are a secret',
      'secretArn',
      (props as Partial<ClusterStorageProps> | undefined)?.credentials,
    );
    return new ChosenStorage((server, options) => bindCluster(server, cluster, props, options));
  }

  /**
   * Indexes of an OpenSearch domain or serverless collection of the server's own, in the network of the server: durable, shared
   * by all instances, paid by the hour.
   *
   * One object makes one domain or collection, for one server. To share one, make it with `new McpSearchDomain(…)` or
   * `new McpSearchCollection(…)` and give each server `McpStorage.fromDomain(search.domain)` or
   * `McpStorage.fromCollection(search.collection)`: each has indexes there that no other may touch.
   */
  static openSearch(props: OpenSearchStorageProps = {}): McpStorage {
    return new ChosenStorage(newOpenSearch(props));
  }

  /**
   * Indexes of an OpenSearch domain that exists already. The server is put into the network of a `McpSearchDomain`; of another
   * domain it must be in the network already. Nothing about the domain is changed but its security group, which lets the server in. Set its advanced option
   * `rest.action.multi.allow_explicit_index` to `false`, as `McpSearchDomain` does: IAM sees indexes in paths only.
   */
  static fromDomain(domain: opensearch.IDomain, props: DomainStorageProps = {}): McpStorage {
    requireResource('McpStorage.fromDomain()', 'a domain, such as new McpSearchDomain(…).domain', 'domainArn', domain);
    return new ChosenStorage((server, options) => bindDomain(server, domain, props, options));
  }

  /**
   * Indexes of an OpenSearch Serverless collection that exists already, which a data access policy of the server's own opens
   * to it. The server is put into the network of a `McpSearchCollection`; for another it must be in one whose endpoint the
   * collection lets in.
   */
  static fromCollection(collection: ISearchCollection): McpStorage {
    requireResource(
      'McpStorage.fromCollection()',
      'a collection, such as new McpSearchCollection(…).collection',
      'collectionName',
      collection,
    );
    return new ChosenStorage((server, options) => bindCollection(server, collection, options));
  }

  /**
   * A RocksDB database on the volume of a single task: quick, and lost with the task, so for caches. No Lambda function has
   * such a volume, and no second task could open the database.
   */
  static rocksDb(props: RocksDbStorageProps = {}): McpStorage {
    return new ChosenStorage(newRocksDb(props));
  }

  /**
   * A folder of an EFS file system of the server's own, in the network of the server: durable, for one server whose
   * entries are files. No place for OAuth state, which several instances take from each other.
   *
   * One object makes one file system, for one server. To share one, make it with `new McpFileSystem(…)` and give each server
   * `McpStorage.fromFileSystem(files.fileSystem)`: each has a folder there that the others cannot mount.
   */
  static disk(props: DiskStorageProps = {}): McpStorage {
    return new ChosenStorage(newFileSystem(props));
  }

  /**
   * A folder of a file system that exists already: an access point is made that shows it to this server only. The server
   * is put into the network of a `McpFileSystem`; of another file system it must be in the network already. Nothing about the
   * file system is changed but its security group, which lets the server in: that others cannot pass by the access points, its own policy must say, as that of `McpFileSystem` does.
   */
  static fromFileSystem(fileSystem: efs.IFileSystem, props: ServerFolderProps = {}): McpStorage {
    requireResource(
      'McpStorage.fromFileSystem()',
      'a file system, such as new McpFileSystem(…).fileSystem',
      'fileSystemId',
      fileSystem,
    );
    return new ChosenStorage((server, options) => bindFileSystem(server, fileSystem, props, options));
  }

  /**
   * The folder of an access point that exists already, for this server alone. The server must be in the network of its file
   * system.
   */
  static fromAccessPoint(accessPoint: efs.IAccessPoint, props: AccessPointStorageProps = {}): McpStorage {
    requireResource('McpStorage.fromAccessPoint()', 'an access point of EFS', 'accessPointId', accessPoint);
    return new ChosenStorage((server, options) => bindAccessPoint(server, accessPoint, props, options));
  }

  /**
   * A Valkey cache of the server's own on ElastiCache, serverless unless its shape says otherwise. It lives in a network,
   * and so does the server then.
   *
   * One object makes one cache, for one server. To share one, make a `McpCache` and use `McpStorage.fromCache()`.
   */
  static valkey(props: CacheStorageProps = {}): McpStorage {
    return new ChosenStorage(newCache('valkey', props));
  }

  /** A Redis OSS cache of the server's own on ElastiCache: as `McpStorage.valkey()`, which is the cheaper of the two. */
  static redis(props: CacheStorageProps = {}): McpStorage {
    return new ChosenStorage(newCache('redis', props));
  }

  /**
   * A cache that several servers share, each as a user of its own, or one that exists already
   * (`McpCache.fromServerlessCacheAttributes()`, `McpCache.fromReplicationGroupAttributes()`).
   */
  static fromCache(cache: IMcpCache, options: SharedCacheOptions = {}): McpStorage {
    requireResource(
      'McpStorage.fromCache()',
      'a cache, such as new McpCache(…); a URL is for McpStorage.fromUrl()',
      'cacheArn',
      cache,
    );
    return new ChosenStorage((server, bindOptions) => bindCache(server, cache, options, bindOptions));
  }

  /**
   * A Memcached cache of the server's own on ElastiCache, for what may be lost at any time: refused where OAuth state is kept.
   *
   * One object makes one cache, for one server. To share one, make a `McpMemcached` and use `McpStorage.fromMemcached()`.
   */
  static memcached(props: MemcachedProps = {}): McpStorage {
    return new ChosenStorage(newMemcached(props));
  }

  /** A Memcached cache that several servers share, or one that exists already (`McpMemcached.fromMemcachedAttributes()`). */
  static fromMemcached(cache: IMcpMemcached): McpStorage {
    requireResource(
      'McpStorage.fromMemcached()',
      'a cache, such as new McpMemcached(…); a URL is for McpStorage.fromUrl()',
      'endpointAddress',
      cache,
    );
    return new ChosenStorage((server, options) => bindMemcached(server, cache, options));
  }

  /**
   * A store that exists already, wherever it is: any Redis, Valkey, Memcached, MongoDB (Atlas too), Elasticsearch or OpenSearch
   * (Elastic Cloud too). Its credentials are in a secret, never in the URL, which is as `docs/wiring.md` says. Servers that
   * share it are kept apart by their names, and by what the credentials of each may touch.
   *
   * @throws Error when the URL is not one that the runtime opens, or has a password in it
   */
  static fromUrl(url: string, props: UrlStorageProps = {}): McpStorage {
    if (props.credentials !== undefined) {
      requireResource('McpStorage.fromUrl()', 'credentials that are a secret', 'secretArn', props.credentials);
    }
    const read = readStoreUrl(url, props.credentials !== undefined);
    return new ChosenStorage((server, options) => bindUrl(server, read, props, options));
  }

  /**
   * The storage that suits a workload best, as the call of its name makes it: `McpStorage.dynamoDb()`, `McpStorage.valkey()`
   * and so on. The choice, its reasons and its monthly cost are printed at synth, and kept in the template's metadata under
   * `cdk-mcp-kit:storageChoice`.
   *
   * It is not told what the server runs on, nor how it is called: say `platform: 'lambda'`, and `internet: true` where it calls
   * the internet, as `McpAuth.jwt()` does. One object makes one store at most, for one server.
   *
   * @throws Error when the workload makes no sense, nothing suits it, or what suits exists already, and only you know which
   */
  static choose(workload: Workload = {}): McpStorage {
    return new ChosenStorage(newChoice(workload));
  }

  /** Called by the server; not by applications. */
  abstract bind(server: Construct, options: McpStorageBindOptions): BoundStorage;
}

class ChosenStorage extends McpStorage {
  private readonly binder: Binder;

  constructor(binder: Binder) {
    super();
    this.binder = binder;
  }

  override bind(server: Construct, options: McpStorageBindOptions): BoundStorage {
    return this.binder(server, options);
  }
}
