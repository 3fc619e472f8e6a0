import { RemovalPolicy, Size } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';

import { McpMemcached, McpNetwork, McpStorage, MemcachedShape, MemcachedVersion } from '../../../../lib/index.ts';
import type { MemcachedNodesProps, ServerlessUsage } from '../../../../lib/index.ts';
import { ingressEdges } from '../../support/security-groups.ts';
import { templateOf, testServer, testStack } from '../../support/test-app.ts';
import { secondServer, storeUrlOf } from './support.ts';

const SERVERLESS = 'AWS::ElastiCache::ServerlessCache';
const CLUSTER = 'AWS::ElastiCache::CacheCluster';

describe('a Memcached cache with nothing but its defaults', () => {
  const server = testServer({ storage: McpStorage.memcached() });
  const template = templateOf(server);

  test('is serverless, without snapshots, and goes with its stack', () => {
    template.hasResource(SERVERLESS, {
      DeletionPolicy: 'Delete',
      Properties: {
        Engine: 'memcached',
        MajorEngineVersion: '1.6',
        CacheUsageLimits: { DataStorage: { Unit: 'GB', Maximum: 5 }, ECPUPerSecond: { Maximum: 10_000 } },
        SnapshotRetentionLimit: Match.absent(),
        FinalSnapshotName: Match.absent(),
        UserGroupId: Match.absent(),
      },
    });
    template.resourceCountIs('AWS::ElastiCache::User', 0);
    template.resourceCountIs('AWS::ElastiCache::UserGroup', 0);
  });

  test('is reached with TLS, on its port, by the server only', () => {
    expect(storeUrlOf(template)).toBe('memcacheds://{Storage.Endpoint.Address}:11211');
    expect(ingressEdges(template, ['ServerCompute', 'ServerStorage', 'EndpointSecretsmanager'])).toEqual([
      'ServerCompute → EndpointSecretsmanager:443',
      'ServerCompute → ServerStorage:11211',
    ]);
  });

  test('is no place for what must not be lost, and nothing is granted on it', () => {
    expect(server.storage.unfitForState).toContain('evicts entries');
    expect(server.storage.durable).toBe(false);
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).not.toContain('elasticache');
  });
});

test('everything that can be said of a serverless one is in the template', () => {
  const stack = testStack();
  const shape = MemcachedShape.serverless({
    maximumDataStorage: Size.gibibytes(10),
    minimumDataStorage: Size.gibibytes(1),
    maximumEcpuPerSecond: 2000,
    minimumEcpuPerSecond: 1000,
  });
  const storage = McpStorage.memcached({
    shape,
    cacheName: 'my-cache',
    encryptionKey: new kms.Key(stack, 'Key'),
    removalPolicy: RemovalPolicy.RETAIN,
  });
  testServer({ storage }, stack);
  templateOf(stack).hasResource(SERVERLESS, {
    DeletionPolicy: 'Retain',
    Properties: {
      ServerlessCacheName: 'my-cache',
      CacheUsageLimits: {
        DataStorage: { Unit: 'GB', Maximum: 10, Minimum: 1 },
        ECPUPerSecond: { Maximum: 2000, Minimum: 1000 },
      },
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
    },
  });
});

describe('nodes', () => {
  test('are two in two zones, with TLS, found through the configuration endpoint', () => {
    const template = templateOf(testServer({ storage: McpStorage.memcached({ shape: MemcachedShape.nodes() }) }));
    template.hasResourceProperties(CLUSTER, {
      Engine: 'memcached',
      EngineVersion: '1.6.22',
      CacheNodeType: 'cache.t4g.small',
      NumCacheNodes: 2,
      AZMode: 'cross-az',
      Port: 11211,
      TransitEncryptionEnabled: true,
      AutoMinorVersionUpgrade: true,
      CacheSubnetGroupName: { Ref: Match.stringLikeRegexp('StorageSubnets') },
      VpcSecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('StorageSecurityGroup'), 'GroupId'] }],
    });
    expect(storeUrlOf(template)).toBe('memcacheds://{Storage.ConfigurationEndpoint.Address}:11211?discovery=true');
  });

  test('take everything that can be said of them', () => {
    const shape = MemcachedShape.nodes({
      nodeType: 'cache.m7g.large',
      nodes: 3,
      crossAz: false,
      port: 12_000,
      maintenanceWindow: 'mon:01:00-mon:02:00',
      autoMinorVersionUpgrade: false,
    });
    const storage = McpStorage.memcached({ shape, version: MemcachedVersion.V1_6_17, cacheName: 'mine' });
    templateOf(testServer({ storage })).hasResource(CLUSTER, {
      DeletionPolicy: 'Delete',
      Properties: {
        ClusterName: 'mine',
        EngineVersion: '1.6.17',
        CacheNodeType: 'cache.m7g.large',
        NumCacheNodes: 3,
        AZMode: 'single-az',
        Port: 12_000,
        PreferredMaintenanceWindow: 'mon:01:00-mon:02:00',
        AutoMinorVersionUpgrade: false,
      },
    });
  });

  test('one node is in one zone', () => {
    const storage = McpStorage.memcached({ shape: MemcachedShape.nodes({ nodes: 1 }) });
    templateOf(testServer({ storage })).hasResourceProperties(CLUSTER, { NumCacheNodes: 1, AZMode: 'single-az' });
  });

  test.each<[MemcachedNodesProps, string]>([
    [{ nodes: 0 }, 'nodes must be a whole number of nodes, 1 to 60, got 0'],
    [{ nodes: 61 }, 'nodes must be a whole number of nodes'],
    [{ port: 80 }, 'port must be a whole number of a port'],
    [{ nodeType: 'large' }, 'nodeType must be as "cache.m7g.large"'],
    [{ maintenanceWindow: 'now' }, 'maintenanceWindow must be as'],
    [{ nodes: 1, crossAz: true }, 'crossAz needs nodes, 2 or more'],
  ])('%j is refused', (props, message) => {
    expect(() => MemcachedShape.nodes(props)).toThrow(message);
  });

  test('a key for disks that they do not have is refused', () => {
    const stack = testStack();
    const storage = McpStorage.memcached({ shape: MemcachedShape.nodes(), encryptionKey: new kms.Key(stack, 'Key') });
    expect(() => testServer({ storage }, stack)).toThrow('nothing for encryptionKey: leave it out');
  });
});

test.each<[ServerlessUsage, string]>([
  [{ maximumEcpuPerSecond: 1 }, 'maximumEcpuPerSecond must be'],
  [{ minimumDataStorage: Size.gibibytes(9) }, 'minimumDataStorage (9 GiB) is more than maximumDataStorage (5 GiB)'],
])('serverless: %j is refused', (usage, message) => {
  expect(() => MemcachedShape.serverless(usage)).toThrow(message);
});

test.each([
  ['1.6.11', 'Memcached 1.6.11 has no TLS on ElastiCache'],
  ['1.5.99', 'has no TLS'],
  ['1.6', 'the version of Memcached must be three numbers such as "1.6.22", got "1.6"'],
])('version %s is refused', (version, message) => {
  expect(() => MemcachedVersion.of(version)).toThrow(message);
});

test.each(['1.6.12', '1.7.0', '2.0.0'])('version %s is not', (version) => {
  expect(MemcachedVersion.of(version).version).toBe(version);
});

describe('one cache, several servers', () => {
  test('is made once, and lets each in', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network');
    const cache = new McpMemcached(stack, 'Cache', { network });
    testServer({ storage: McpStorage.fromMemcached(cache) }, stack);
    secondServer(stack, { serverName: 'news', storage: McpStorage.fromMemcached(cache) });
    const template = templateOf(stack);
    template.resourceCountIs(SERVERLESS, 1);
    const groups = ['ServerCompute', 'SecondCompute', 'CacheSecurityGroup', 'EndpointSecretsmanager'];
    expect(ingressEdges(template, groups)).toEqual([
      'SecondCompute → CacheSecurityGroup:11211',
      'SecondCompute → EndpointSecretsmanager:443',
      'ServerCompute → CacheSecurityGroup:11211',
      'ServerCompute → EndpointSecretsmanager:443',
    ]);
    expect(storeUrlOf(template, 'Second')).toBe(storeUrlOf(template));
  });

  test('with one name would share their entries: refused', () => {
    const stack = testStack();
    const cache = new McpMemcached(stack, 'Cache', { network: new McpNetwork(stack, 'Network') });
    testServer({ storage: McpStorage.fromMemcached(cache) }, stack);
    expect(() => secondServer(stack, { serverName: 'weather', storage: McpStorage.fromMemcached(cache) })).toThrow(
      'two servers named "weather" would share one namespace of one Memcached cache',
    );
  });

  test('one object makes one cache', () => {
    const storage = McpStorage.memcached();
    testServer({ storage });
    expect(() => testServer({ storage }, testStack(undefined, 'Other'))).toThrow('McpStorage.fromMemcached(cache)');
  });
});

describe('a cache that exists already', () => {
  test.each([
    ['serverless', 'c.serverless.euw1.cache.amazonaws.com', undefined, ''],
    ['nodes', 'c.abc.cfg.euw1.cache.amazonaws.com', undefined, '?discovery=true'],
    ['one node', 'c.abc.cfg.euw1.cache.amazonaws.com', false, ''],
  ])('%s: is used, and not altered', (_name, endpointAddress, discovery, query) => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
    const securityGroup = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-12345678');
    const network = new McpNetwork(stack, 'Network', { vpc });
    const cache = McpMemcached.fromMemcachedAttributes(stack, 'Cache', {
      endpointAddress,
      discovery,
      port: 11_300,
      network,
      securityGroup,
    });
    testServer({ storage: McpStorage.fromMemcached(cache) }, stack);
    const template = templateOf(stack);
    expect(storeUrlOf(template)).toBe(`memcacheds://${endpointAddress}:11300${query}`);
    template.resourceCountIs(SERVERLESS, 0);
    template.resourceCountIs(CLUSTER, 0);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: 'sg-12345678',
      FromPort: 11_300,
      ToPort: 11_300,
    });
  });

  test('a server elsewhere is told so', () => {
    const stack = testStack();
    const cache = new McpMemcached(stack, 'Cache', { network: new McpNetwork(stack, 'Network') });
    const network = new McpNetwork(stack, 'Other');
    expect(() => secondServer(stack, { network, storage: McpStorage.fromMemcached(cache) })).toThrow(
      'give both the same, McpServer({ network, … })',
    );
  });
});
