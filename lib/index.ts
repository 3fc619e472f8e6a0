export { McpAuth } from './auth/mcp-auth.ts';
export type { McpAuthConfig } from './auth/mcp-auth.ts';
export type { JwtAuthProps } from './auth/jwt-auth.ts';
export type { Workload } from './backend/workload.ts';
export { McpCode } from './code/mcp-code.ts';
export type { FastMcpCodeProps } from './code/fastmcp/fastmcp-code.ts';
export type { ImageCodeProps } from './code/image-code.ts';
export type { McpCodeBindOptions, McpCodeConfig, McpContainerConfig } from './code/mcp-code.ts';
export { RuntimeHost, RuntimePart } from './code/runtime-part.ts';
export type { BundlingOptions, TypeScriptCodeProps } from './code/typescript-code.ts';
export { BoundCompute } from './compute/bound-compute.ts';
export type { FargateComputeProps } from './compute/fargate/fargate-compute-props.ts';
export { FargateDeployment } from './compute/fargate/fargate-deployment.ts';
export type {
  BlueGreenDeploymentProps,
  CanaryDeploymentProps,
  RollingDeploymentProps,
} from './compute/fargate/fargate-deployment.ts';
export type { FargateHealthCheck } from './compute/fargate/fargate-health-check.ts';
export type { FargateScaling } from './compute/fargate/fargate-scaling.ts';
export { McpListener } from './compute/fargate/mcp-listener.ts';
export type { HttpListenerProps, HttpsListenerProps } from './compute/fargate/mcp-listener.ts';
export type { LambdaComputeProps } from './compute/lambda/lambda-compute-props.ts';
export { McpCompute } from './compute/mcp-compute.ts';
export type { McpComputeBindOptions } from './compute/mcp-compute.ts';
export { KeyRingGrants } from './keys/key-ring-grants.ts';
export { KeyRing } from './keys/key-ring.ts';
export type { IKeyRing, KeyRingProps } from './keys/key-ring.ts';
export { McpServerGrants } from './mcp-server-grants.ts';
export { McpServer } from './mcp-server.ts';
export type { McpServerProps } from './mcp-server.ts';
export { McpNetwork } from './network/mcp-network.ts';
export type { McpNetworkProps } from './network/mcp-network.ts';
export { ServerNetwork } from './network/server-network.ts';
export type { ServerNetworkProps } from './network/server-network.ts';
export { BoundStorage } from './storage/bound-storage.ts';
export type { IStorageGrants } from './storage/bound-storage.ts';
export { DocumentDbCapacity } from './storage/documentdb/document-db-capacity.ts';
export type { DocumentDbServerlessProps } from './storage/documentdb/document-db-capacity.ts';
export type { DocumentDbOptions } from './storage/documentdb/document-db-options.ts';
export type { ClusterStorageProps, MongoDbStorageProps } from './storage/documentdb/document-db-storage.ts';
export { McpDocumentDb } from './storage/documentdb/mcp-document-db.ts';
export type { McpDocumentDbProps } from './storage/documentdb/mcp-document-db.ts';
export type { AccessPointStorageProps, DiskStorageProps } from './storage/efs/disk-storage.ts';
export { McpFileSystem } from './storage/efs/mcp-file-system.ts';
export type { FileSystemOptions, McpFileSystemProps } from './storage/efs/mcp-file-system.ts';
export type { ServerFolderProps } from './storage/efs/server-folder.ts';
export { CacheAccess } from './storage/elasticache/cache-access.ts';
export type { IMcpCache } from './storage/elasticache/cache-base.ts';
export { CacheBase } from './storage/elasticache/cache-base.ts';
export { CacheDurability } from './storage/elasticache/cache-durability.ts';
export { CacheEngine } from './storage/elasticache/cache-engine.ts';
export type { CacheNodesProps } from './storage/elasticache/cache-nodes.ts';
export type { CachePasswordProps } from './storage/elasticache/cache-password.ts';
export { CacheShape } from './storage/elasticache/cache-shape.ts';
export { CacheUser } from './storage/elasticache/cache-user.ts';
export type {
  CacheAttributes,
  ReplicationGroupAttributes,
  ServerlessCacheAttributes,
} from './storage/elasticache/imported-cache.ts';
export { McpCache } from './storage/elasticache/mcp-cache.ts';
export type { CacheProps, McpCacheProps } from './storage/elasticache/mcp-cache.ts';
export type {
  CacheStorageOptions,
  CacheStorageProps,
  SharedCacheOptions,
} from './storage/elasticache/redis-storage.ts';
export type { MemcachedAttributes } from './storage/elasticache/imported-memcached.ts';
export { McpMemcached } from './storage/elasticache/mcp-memcached.ts';
export type { IMcpMemcached, McpMemcachedProps, MemcachedProps } from './storage/elasticache/mcp-memcached.ts';
export type { MemcachedNodesProps } from './storage/elasticache/memcached-nodes.ts';
export { MemcachedShape } from './storage/elasticache/memcached-shape.ts';
export { MemcachedVersion } from './storage/elasticache/memcached-version.ts';
export type { ServerlessCacheProps } from './storage/elasticache/serverless-cache.ts';
export type { ServerlessUsage } from './storage/elasticache/usage-limits.ts';
export { McpStorage } from './storage/mcp-storage.ts';
export type { McpStorageBindOptions } from './storage/mcp-storage.ts';
export { McpSearchCollection } from './storage/opensearch/mcp-search-collection.ts';
export type { McpSearchCollectionProps, SearchCollectionOptions } from './storage/opensearch/mcp-search-collection.ts';
export { McpSearchDomain } from './storage/opensearch/mcp-search-domain.ts';
export type { McpSearchDomainProps } from './storage/opensearch/mcp-search-domain.ts';
export { OpenSearchShape } from './storage/opensearch/open-search-shape.ts';
export type { DomainStorageProps, OpenSearchStorageProps } from './storage/opensearch/open-search-storage.ts';
export type { ISearchCollection, SearchCollectionAttributes } from './storage/opensearch/search-collection.ts';
export type { SearchDomainOptions } from './storage/opensearch/search-domain-options.ts';
export type { RocksDbStorageProps } from './storage/rocksdb/rocksdb-storage.ts';
export { StorageMount } from './storage/storage-mount.ts';
export { McpTable } from './storage/mcp-table.ts';
export type { McpTableProps } from './storage/mcp-table.ts';
export type { UrlStorageProps } from './storage/url/url-storage.ts';
