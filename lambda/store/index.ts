export { diskAdapter } from './adapters/disk.ts';
export { dynamoDbAdapter } from './adapters/dynamodb.ts';
export { memcachedAdapter } from './adapters/memcached.ts';
export { memoryAdapter } from './adapters/memory.ts';
export { mongoDbAdapter } from './adapters/mongodb.ts';
export { openSearchAdapter } from './adapters/opensearch.ts';
export { redisAdapter } from './adapters/redis.ts';
export { rocksDbAdapter } from './adapters/rocksdb.ts';
export { DiskStore, type DiskStoreProps } from './disk/disk-store.ts';
export { DYNAMODB_ACTIONS } from './dynamodb/actions.ts';
export type { DynamoDbCalls } from './dynamodb/calls.ts';
export { DynamoDbStore, type DynamoDbStoreProps } from './dynamodb/dynamodb-store.ts';
export * from './errors.ts';
export type {
  JsonObject,
  JsonValue,
  KeyValueStore,
  PutOptions,
  StoreAdapter,
  StoreCapabilities,
  StoreOptions,
  ValueWithTtl,
  VersionedValue,
} from './key-value-store.ts';
export { dumpEntry, type EntryNames, isExpired, loadEntry, type ManagedEntry } from './managed-entry.ts';
export { MemcachedStore, type MemcachedStoreProps } from './memcached/memcached-store.ts';
export { MemoryStore, type MemoryStoreProps } from './memory/memory-store.ts';
export { DEFAULT_COLLECTION } from './names.ts';
export { openStore } from './open-store.ts';
export { requireStateStore, type StateStoreOptions } from './require-state-store.ts';
export { RocksDbStore, type RocksDbStoreProps } from './rocksdb/rocksdb-store.ts';
export { Compression, type CompressionProps } from './wrappers/compression.ts';
export { FernetEncryption, type FernetEncryptionProps } from './wrappers/fernet-encryption.ts';
export { LimitSize, type LimitSizeProps } from './wrappers/limit-size.ts';
export { PassthroughCache, type PassthroughCacheProps } from './wrappers/passthrough-cache.ts';
export { PrefixCollections, type PrefixCollectionsProps } from './wrappers/prefix-collections.ts';
export { Retry, type RetryProps } from './wrappers/retry.ts';
export { SealedEncryption, type SealedEncryptionProps } from './wrappers/sealed-encryption.ts';
export { type CollectionStatistics, type HitMissCount, Statistics } from './wrappers/statistics.ts';
export type { StorageKeys } from './wrappers/storage-keys.ts';
export { Timeout, type TimeoutProps } from './wrappers/timeout.ts';
export { TtlClamp, type TtlClampProps } from './wrappers/ttl-clamp.ts';
export { type Call, type Verb, WrappedStore } from './wrappers/wrapped-store.ts';
