import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';

import {
  CacheAccess,
  CacheDurability,
  CacheEngine,
  CacheShape,
  DocumentDbCapacity,
  McpStorage,
  MemcachedShape,
  MemcachedVersion,
  OpenSearchShape,
} from '../../../lib/index.ts';
import type { Choices } from './choices.ts';
import { customerKey } from './choices.ts';

/** Storage that lives in a network: with one kind of callers, since these and those have nothing to do with each other. */
export const NETWORKED: Choices<McpStorage> = {
  disk: () => McpStorage.disk(),
  'disk with everything': (stack) =>
    McpStorage.disk({
      throughputMode: efs.ThroughputMode.BURSTING,
      infrequentAccessAfter: efs.LifecyclePolicy.AFTER_1_DAY,
      backups: false,
      encryptionKey: customerKey(stack),
      removalPolicy: RemovalPolicy.DESTROY,
      mountPath: '/mnt/weather',
      uid: 1001,
      gid: 1002,
      permissions: '0700',
    }),
  documents: () => McpStorage.mongoDb(),
  'documents with everything': (stack) =>
    McpStorage.mongoDb({
      capacity: DocumentDbCapacity.provisioned(ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MEDIUM)),
      instances: 2,
      engineVersion: '5.0.0',
      port: 27018,
      backupRetention: Duration.days(35),
      logs: false,
      rotateAfter: Duration.days(30),
      encryptionKey: customerKey(stack),
      secretEncryptionKey: customerKey(stack),
      removalPolicy: RemovalPolicy.DESTROY,
      database: 'weather-data',
    }),
  valkey: () => McpStorage.valkey(),
  redis: () => McpStorage.redis(),
  'valkey with everything': (stack) =>
    McpStorage.valkey({
      engine: CacheEngine.VALKEY_8_2,
      cacheName: `cache${stack.node.addr}`.slice(0, 40),
      access: CacheAccess.password({ encryptionKey: customerKey(stack), rotateAfter: Duration.days(30) }),
      encryptionKey: customerKey(stack),
      removalPolicy: RemovalPolicy.RETAIN,
      shape: CacheShape.serverless({
        maximumDataStorage: Size.gibibytes(20),
        minimumDataStorage: Size.gibibytes(2),
        minimumEcpuPerSecond: 2000,
        snapshotRetention: Duration.days(3),
        dailySnapshotTime: '03:00',
        finalSnapshotName: 'goodbye',
      }),
    }),
  'nodes of redis': () => McpStorage.redis({ access: CacheAccess.password(), shape: CacheShape.nodes() }),
  'nodes of valkey that lose nothing': () =>
    McpStorage.valkey({ shape: CacheShape.nodes({ durability: CacheDurability.SYNC, shards: 2 }) }),
  'nodes of valkey with everything': (stack) =>
    McpStorage.valkey({
      encryptionKey: customerKey(stack),
      removalPolicy: RemovalPolicy.DESTROY,
      shape: CacheShape.nodes({
        nodeType: 'cache.r7g.large',
        replicas: 2,
        port: 7000,
        parameters: { 'maxmemory-policy': 'allkeys-lfu' },
        snapshotRetention: Duration.days(3),
        snapshotWindow: '03:00-04:00',
        maintenanceWindow: 'sun:23:00-mon:01:30',
        autoMinorVersionUpgrade: false,
        engineLog: new logs.LogGroup(stack, 'EngineLog'),
        slowLog: new logs.LogGroup(stack, 'SlowLog'),
      }),
    }),
  memcached: () => McpStorage.memcached(),
  'memcached with everything': (stack) =>
    McpStorage.memcached({
      version: MemcachedVersion.V1_6_17,
      cacheName: `cache${stack.node.addr}`.slice(0, 40),
      encryptionKey: customerKey(stack),
      removalPolicy: RemovalPolicy.RETAIN,
      shape: MemcachedShape.serverless({
        maximumDataStorage: Size.gibibytes(20),
        minimumDataStorage: Size.gibibytes(2),
        maximumEcpuPerSecond: 20_000,
        minimumEcpuPerSecond: 2000,
      }),
    }),
  'nodes of memcached': () => McpStorage.memcached({ shape: MemcachedShape.nodes() }),
  'nodes of memcached with everything': () =>
    McpStorage.memcached({
      version: MemcachedVersion.V1_6_12,
      removalPolicy: RemovalPolicy.DESTROY,
      shape: MemcachedShape.nodes({
        nodeType: 'cache.m7g.large',
        nodes: 3,
        crossAz: true,
        port: 11300,
        maintenanceWindow: 'sun:23:00-mon:01:30',
        autoMinorVersionUpgrade: false,
      }),
    }),
  'documents that are retained': () => McpStorage.mongoDb({ removalPolicy: RemovalPolicy.RETAIN }),
  'search domain': () => McpStorage.openSearch(),
  'search domain with everything': (stack) =>
    McpStorage.openSearch({
      shape: OpenSearchShape.domain({
        version: opensearch.EngineVersion.OPENSEARCH_3_1,
        zones: 1,
        dataNodes: 2,
        dataNodeType: 'r7g.large.search',
        volumeSizeGib: 100,
        masterNodes: 3,
        masterNodeType: 'm7g.large.search',
        encryptionKey: customerKey(stack),
      }),
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  'search collection': () => McpStorage.openSearch({ shape: OpenSearchShape.serverless() }),
  'search collection with everything': (stack) =>
    McpStorage.openSearch({
      shape: OpenSearchShape.serverless({
        collectionName: 'weather-entries',
        standbyReplicas: false,
        encryptionKey: customerKey(stack),
      }),
      removalPolicy: RemovalPolicy.DESTROY,
    }),
};
