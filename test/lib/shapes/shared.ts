import type { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import {
  CacheEngine,
  CacheUser,
  McpCache,
  McpDocumentDb,
  McpFileSystem,
  McpMemcached,
  McpNetwork,
  McpSearchCollection,
  McpSearchDomain,
  McpStorage,
} from '../../../lib/index.ts';
import type { Choices } from './choices.ts';

const newNetwork = (stack: Stack) => new McpNetwork(stack, 'Network');
const group = (stack: Stack) => ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0');
const secret = (stack: Stack) =>
  secretsmanager.Secret.fromSecretCompleteArn(
    stack,
    'Credentials',
    'arn:aws:secretsmanager:eu-west-1:111122223333:secret:credentials-AbCdEf',
  );

/** Storage that the server does not make: what its application made, and what exists already. */
export const SHARED: Choices<McpStorage> = {
  'shared cache': (stack) => McpStorage.fromCache(new McpCache(stack, 'Cache', { network: newNetwork(stack) })),
  'serverless cache that exists': (stack) =>
    McpStorage.fromCache(
      McpCache.fromServerlessCacheAttributes(stack, 'Cache', {
        cacheName: 'sessions',
        engine: CacheEngine.VALKEY_8_1,
        endpointAddress: 'sessions-abc123.serverless.euw1.cache.amazonaws.com',
        network: newNetwork(stack),
        securityGroup: group(stack),
      }),
      { user: CacheUser.iam('weather') },
    ),
  'replication group that exists': (stack) =>
    McpStorage.fromCache(
      McpCache.fromReplicationGroupAttributes(stack, 'Cache', {
        replicationGroupId: 'state',
        engine: CacheEngine.REDIS_7_1,
        endpointAddress: 'clustercfg.state.abc123.euw1.cache.amazonaws.com',
        port: 6380,
        clusterMode: true,
        network: newNetwork(stack),
        securityGroup: group(stack),
      }),
      { user: CacheUser.password(secret(stack)), allowLostWrites: true },
    ),
  'shared memcached': (stack) =>
    McpStorage.fromMemcached(new McpMemcached(stack, 'Cache', { network: newNetwork(stack) })),
  'memcached that exists': (stack) =>
    McpStorage.fromMemcached(
      McpMemcached.fromMemcachedAttributes(stack, 'Cache', {
        endpointAddress: 'pages.abc123.cfg.euw1.cache.amazonaws.com',
        network: newNetwork(stack),
        securityGroup: group(stack),
      }),
    ),
  'shared file system': (stack) =>
    McpStorage.fromFileSystem(new McpFileSystem(stack, 'Files', { network: newNetwork(stack) }).fileSystem),
  'access point': (stack) => {
    const { fileSystem } = new McpFileSystem(stack, 'Files', { network: newNetwork(stack) });
    return McpStorage.fromAccessPoint(
      new efs.AccessPoint(stack, 'Folder', {
        fileSystem,
        path: '/weather',
        posixUser: { uid: '1000', gid: '1000' },
        createAcl: { ownerUid: '1000', ownerGid: '1000', permissions: '0750' },
      }),
    );
  },
  'shared cluster of documents': (stack) => {
    const { cluster, credentials } = new McpDocumentDb(stack, 'Documents', { network: newNetwork(stack) });
    return McpStorage.fromCluster(cluster, { credentials });
  },
  'shared search domain': (stack) =>
    McpStorage.fromDomain(new McpSearchDomain(stack, 'Search', { network: newNetwork(stack) }).domain),
  'search domain that exists': (stack) =>
    McpStorage.fromDomain(
      opensearch.Domain.fromDomainAttributes(stack, 'Search', {
        domainArn: 'arn:aws:es:eu-west-1:111122223333:domain/notes',
        domainEndpoint: 'search-notes-abc123.eu-west-1.es.amazonaws.com',
      }),
    ),
  'shared search collection': (stack) =>
    McpStorage.fromCollection(new McpSearchCollection(stack, 'Search', { network: newNetwork(stack) }).collection),
  'search collection that exists': (stack) =>
    McpStorage.fromCollection(
      McpSearchCollection.fromCollectionAttributes(stack, 'Search', {
        collectionName: 'notes',
        collectionArn: 'arn:aws:aoss:eu-west-1:111122223333:collection/abc123',
      }),
    ),
  'redis by URL': (stack) => McpStorage.fromUrl('rediss://cache.example.com:6380', { credentials: secret(stack) }),
  'redis by URL in a network': (stack) =>
    McpStorage.fromUrl('rediss://cache.internal', {
      credentials: secret(stack),
      network: newNetwork(stack),
      securityGroup: group(stack),
    }),
  'mongodb by URL': (stack) =>
    McpStorage.fromUrl('mongodb+srv://cluster.example.com/weather', { credentials: secret(stack) }),
  'elasticsearch by URL': (stack) =>
    McpStorage.fromUrl('elasticsearch+https://elastic.example.com/weather', { credentials: secret(stack) }),
};
