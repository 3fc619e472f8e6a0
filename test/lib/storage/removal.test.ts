import { RemovalPolicy } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';

import {
  CacheShape,
  KeyRing,
  McpCompute,
  McpFileSystem,
  McpMemcached,
  McpNetwork,
  McpSearchCollection,
  McpSearchDomain,
  McpStorage,
  McpTable,
  MemcachedShape,
  OpenSearchShape,
} from '../../../lib/index.ts';
import { silenceWarnings, templateOf, testServer, testStack } from '../support/test-app.ts';

silenceWarnings();

const { SNAPSHOT } = RemovalPolicy;

/** Resources of which CloudFormation can make a snapshot, of those that the kit makes. */
const SNAPSHOTTED = ['AWS::DocDB::DBCluster', 'AWS::ElastiCache::ReplicationGroup'];

const policiesOf = (template: Template): [string, unknown][] =>
  Object.values(template.toJSON().Resources as Record<string, { Type: string; DeletionPolicy?: unknown }>).map(
    ({ Type, DeletionPolicy }) => [Type, DeletionPolicy],
  );

describe('a server with SNAPSHOT', () => {
  test.each<[string, () => McpStorage, string, string]>([
    ['dynamoDb', () => McpStorage.dynamoDb(), 'AWS::DynamoDB::GlobalTable', 'Retain'],
    ['disk', () => McpStorage.disk(), 'AWS::EFS::FileSystem', 'Retain'],
    ['memcached', () => McpStorage.memcached(), 'AWS::ElastiCache::ServerlessCache', 'Retain'],
    [
      'memcached of nodes',
      () => McpStorage.memcached({ shape: MemcachedShape.nodes() }),
      'AWS::ElastiCache::CacheCluster',
      'Retain',
    ],
    ['a domain', () => McpStorage.openSearch(), 'AWS::OpenSearchService::Domain', 'Retain'],
    [
      'a collection',
      () => McpStorage.openSearch({ shape: OpenSearchShape.serverless() }),
      'AWS::OpenSearchServerless::Collection',
      'Retain',
    ],
    ['mongoDb', () => McpStorage.mongoDb(), 'AWS::DocDB::DBCluster', 'Snapshot'],
    [
      'valkey of nodes',
      () => McpStorage.valkey({ shape: CacheShape.nodes() }),
      'AWS::ElastiCache::ReplicationGroup',
      'Snapshot',
    ],
    // The final snapshot is a property of its own there.
    ['valkey', () => McpStorage.valkey(), 'AWS::ElastiCache::ServerlessCache', 'Delete'],
  ])('%s: keeps the data', (_, storage, type, policy) => {
    const template = templateOf(testServer({ removalPolicy: SNAPSHOT, storage: storage() }));
    const policies = policiesOf(template);
    expect(policies).toContainEqual([type, policy]);
    expect(policies.filter(([of, has]) => has === 'Snapshot' && !SNAPSHOTTED.includes(of))).toEqual([]);
    expect(policies).toContainEqual(['AWS::Logs::LogGroup', 'Retain']);
    expect(policies).toContainEqual(['AWS::SecretsManager::Secret', 'Retain']);
  });
});

describe('SNAPSHOT of what CloudFormation makes no snapshot of is refused, and the allowed values are named', () => {
  const removalPolicy = SNAPSHOT;
  const stack = testStack();
  const network = new McpNetwork(stack, 'Network');
  test.each<[string, () => unknown]>([
    ['a table', () => testServer({ storage: McpStorage.dynamoDb({ removalPolicy }) })],
    ['a table', () => new McpTable(stack, 'Table', { removalPolicy })],
    ['a file system', () => testServer({ storage: McpStorage.disk({ removalPolicy }) })],
    ['a file system', () => new McpFileSystem(stack, 'Files', { network, removalPolicy })],
    ['a Memcached cache', () => testServer({ storage: McpStorage.memcached({ removalPolicy }) })],
    ['a Memcached cache', () => new McpMemcached(stack, 'Memcached', { network, removalPolicy })],
    ['a domain', () => testServer({ storage: McpStorage.openSearch({ removalPolicy }) })],
    ['a domain', () => new McpSearchDomain(stack, 'Search', { network, removalPolicy })],
    ['a collection', () => new McpSearchCollection(stack, 'Collection', { network, removalPolicy })],
    ['a secret', () => new KeyRing(stack, 'Keys', { removalPolicy })],
    ['a log group', () => testServer({ compute: McpCompute.lambda({ logRemovalPolicy: SNAPSHOT }) })],
  ])('%s (%#)', (what, make) => {
    expect(make).toThrow(
      `SNAPSHOT is not what ${what} can have, since CloudFormation makes no snapshot of it: use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY`,
    );
  });
});

describe('the network of storage that is retained', () => {
  const kept = (template: Template): string[] =>
    policiesOf(template)
      .filter(([type, policy]) => type.startsWith('AWS::EC2::') && policy === 'Retain')
      .map(([type]) => type.replace('AWS::EC2::', ''))
      .filter((type) => type !== 'SecurityGroup')
      .sort();

  const IN_NETWORK: [string, (removalPolicy?: RemovalPolicy) => McpStorage][] = [
    ['a domain', (removalPolicy) => McpStorage.openSearch({ removalPolicy })],
    ['a cluster', (removalPolicy) => McpStorage.mongoDb({ removalPolicy })],
    ['a cache', (removalPolicy) => McpStorage.valkey({ removalPolicy })],
    ['nodes', (removalPolicy) => McpStorage.redis({ removalPolicy, shape: CacheShape.nodes() })],
    ['Memcached', (removalPolicy) => McpStorage.memcached({ removalPolicy })],
  ];
  const WITH_SUBNETS = ['Subnet', 'Subnet', 'VPC'];

  test.each(IN_NETWORK)('%s: stays with it, where the kit made the network, and nothing that costs', (_, storage) => {
    expect(kept(templateOf(testServer({ storage: storage(RemovalPolicy.RETAIN) })))).toEqual(WITH_SUBNETS);
    const unlessNew = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    expect(kept(templateOf(testServer({ storage: storage(unlessNew) })))).toEqual(WITH_SUBNETS);
  });

  test('stays by default with a domain, which is retained then', () => {
    expect(kept(templateOf(testServer({ storage: McpStorage.openSearch() })))).toEqual(WITH_SUBNETS);
  });

  test('stays without its gateways and public subnets', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network', { natGateways: 1 });
    const storage = McpStorage.valkey({ removalPolicy: RemovalPolicy.RETAIN });
    testServer({ network, storage }, stack);
    expect(kept(templateOf(network))).toEqual(WITH_SUBNETS);
  });

  test.each(IN_NETWORK)('%s: goes with storage that goes', (_, storage) => {
    expect(kept(templateOf(testServer({ storage: storage(RemovalPolicy.DESTROY) })))).toEqual([]);
  });

  test('goes where only files are retained: their mount targets go', () => {
    const template = templateOf(testServer({ storage: McpStorage.disk() }));
    expect(kept(template)).toEqual([]);
    expect(policiesOf(template)).toContainEqual(['AWS::EFS::FileSystem', 'Retain']);
    expect(policiesOf(template)).not.toContainEqual(['AWS::EFS::MountTarget', 'Retain']);
  });

  test('of the application is left alone', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { restrictDefaultSecurityGroup: false });
    testServer({ network: new McpNetwork(stack, 'Network', { vpc }), storage: McpStorage.openSearch() }, stack);
    expect(kept(templateOf(vpc))).toEqual([]);
  });
});
