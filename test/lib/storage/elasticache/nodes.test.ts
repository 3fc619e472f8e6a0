import { Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';

import { CacheDurability, CacheEngine, CacheShape, McpStorage } from '../../../../lib/index.ts';
import type { CacheNodesProps, CacheStorageProps } from '../../../../lib/index.ts';
import { templateOf, testServer, testStack } from '../../support/test-app.ts';
import { storeUrlOf } from './support.ts';

const GROUP = 'AWS::ElastiCache::ReplicationGroup';

const nodes = (props: CacheNodesProps = {}, rest: CacheStorageProps = {}) =>
  McpStorage.valkey({ ...rest, shape: CacheShape.nodes(props) });

describe('nodes with nothing but their defaults', () => {
  const template = templateOf(testServer({ storage: nodes() }));

  test('are a primary and a replica in two zones, encrypted on the wire and at rest', () => {
    template.hasResourceProperties(GROUP, {
      Engine: 'valkey',
      EngineVersion: '8.1',
      CacheNodeType: 'cache.t4g.small',
      CacheParameterGroupName: 'default.valkey8',
      ClusterMode: 'disabled',
      NumCacheClusters: 2,
      NumNodeGroups: Match.absent(),
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: 'required',
      AtRestEncryptionEnabled: true,
      KmsKeyId: Match.absent(),
      AuthToken: Match.absent(),
      Durability: Match.absent(),
      Port: 6379,
      SnapshotRetentionLimit: 1,
      AutoMinorVersionUpgrade: true,
      CacheSubnetGroupName: { Ref: Match.stringLikeRegexp('StorageSubnets') },
      SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('StorageSecurityGroup'), 'GroupId'] }],
      UserGroupIds: [{ Ref: Match.stringLikeRegexp('StorageUsersGroup') }],
      LogDeliveryConfigurations: Match.absent(),
    });
    template.hasResourceProperties('AWS::ElastiCache::SubnetGroup', {
      SubnetIds: [{ Ref: Match.stringLikeRegexp('InsideSubnet1') }, { Ref: Match.stringLikeRegexp('InsideSubnet2') }],
    });
    template.resourceCountIs('AWS::ElastiCache::ParameterGroup', 0);
  });

  test('leave a snapshot when they are deleted', () => {
    template.hasResource(GROUP, { DeletionPolicy: 'Snapshot', UpdateReplacePolicy: 'Snapshot' });
  });

  test('are reached at the primary, as one server', () => {
    expect(storeUrlOf(template)).toMatch(
      /^valkeys:\/\/weather-[0-9a-f]{8}@\{Storage\.PrimaryEndPoint\.Address\}:6379\/0\?auth=iam&cache=\{Storage\}&region=eu-west-1$/,
    );
  });
});

test('everything that can be said of nodes is in the template', () => {
  const stack = testStack();
  const shape = CacheShape.nodes({
    nodeType: 'cache.r7g.large',
    shards: 3,
    replicas: 2,
    port: 7000,
    parameters: { 'maxmemory-policy': 'allkeys-lfu' },
    snapshotRetention: Duration.days(3),
    snapshotWindow: '03:00-04:00',
    maintenanceWindow: 'sun:23:00-mon:01:30',
    autoMinorVersionUpgrade: false,
    engineLog: new logs.LogGroup(stack, 'EngineLog'),
    slowLog: new logs.LogGroup(stack, 'SlowLog'),
  });
  const storage = McpStorage.redis({
    shape,
    engine: CacheEngine.REDIS_7_0,
    cacheName: 'my-cache',
    encryptionKey: new kms.Key(stack, 'Key'),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  testServer({ storage }, stack);
  const template = templateOf(stack);
  const log = (group: string) => ({ CloudWatchLogsDetails: { LogGroup: { Ref: Match.stringLikeRegexp(group) } } });
  template.hasResource(GROUP, {
    DeletionPolicy: 'Delete',
    Properties: {
      ReplicationGroupId: 'my-cache',
      Engine: 'redis',
      EngineVersion: '7.0',
      CacheNodeType: 'cache.r7g.large',
      ClusterMode: 'enabled',
      NumNodeGroups: 3,
      ReplicasPerNodeGroup: 2,
      NumCacheClusters: Match.absent(),
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      Port: 7000,
      CacheParameterGroupName: { Ref: Match.stringLikeRegexp('StorageParameters') },
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
      SnapshotRetentionLimit: 3,
      SnapshotWindow: '03:00-04:00',
      PreferredMaintenanceWindow: 'sun:23:00-mon:01:30',
      AutoMinorVersionUpgrade: false,
      LogDeliveryConfigurations: [
        {
          LogType: 'engine-log',
          LogFormat: 'json',
          DestinationType: 'cloudwatch-logs',
          DestinationDetails: log('Engine'),
        },
        { LogType: 'slow-log', LogFormat: 'json', DestinationType: 'cloudwatch-logs', DestinationDetails: log('Slow') },
      ],
    },
  });
  template.hasResourceProperties('AWS::ElastiCache::ParameterGroup', {
    CacheParameterGroupFamily: 'redis7',
    Properties: { 'cluster-enabled': 'yes', 'maxmemory-policy': 'allkeys-lfu' },
  });
  expect(storeUrlOf(template)).toMatch(
    /^rediss:\/\/weather-[0-9a-f]{8}@\{Storage\.ConfigurationEndPoint\.Address\}:7000\/0\?auth=iam&cache=\{Storage\}&region=eu-west-1&cluster=true$/,
  );
});

describe('how many nodes, and where', () => {
  test.each<[CacheNodesProps, Record<string, unknown>]>([
    [{ replicas: 0 }, { NumCacheClusters: 1, AutomaticFailoverEnabled: false, MultiAZEnabled: false }],
    [{ replicas: 5 }, { NumCacheClusters: 6, AutomaticFailoverEnabled: true, MultiAZEnabled: true }],
    [{ multiAz: false }, { NumCacheClusters: 2, AutomaticFailoverEnabled: true, MultiAZEnabled: false }],
    [
      { multiAz: false, automaticFailover: false },
      { NumCacheClusters: 2, AutomaticFailoverEnabled: false, MultiAZEnabled: false },
    ],
    [
      { shards: 1, clusterMode: true },
      { NumNodeGroups: 1, ReplicasPerNodeGroup: 1, ClusterMode: 'enabled' },
    ],
    [{ shards: 2 }, { NumNodeGroups: 2, CacheParameterGroupName: 'default.valkey8.cluster.on' }],
    [
      { shards: 2, replicas: 0 },
      { ReplicasPerNodeGroup: 0, AutomaticFailoverEnabled: true, MultiAZEnabled: false },
    ],
    [{ shards: 90 }, { NumNodeGroups: 90 }],
  ])('%j', (props, expected) => {
    templateOf(testServer({ storage: nodes(props) })).hasResourceProperties(GROUP, expected);
  });

  test.each<[CacheNodesProps, string]>([
    [{ shards: 0 }, 'shards must be a whole number of shards, 1 to 90, got 0'],
    [{ shards: 91 }, 'shards must be a whole number'],
    [{ replicas: -1 }, 'replicas must be a whole number of replicas of each shard, 0 to 5, got -1'],
    [{ replicas: 6 }, 'replicas must be a whole number'],
    [{ port: 1023 }, 'port must be a whole number of a port, 1024 to 65535, got 1023'],
    [{ port: 65_536 }, 'port must be a whole number'],
    [{ nodeType: 'm7g.large' }, 'nodeType must be as "cache.m7g.large", got "m7g.large"'],
    [{ snapshotRetention: Duration.days(36) }, 'snapshotRetention must be a whole number of days, 0 to 35'],
    [{ snapshotWindow: '3-4' }, 'snapshotWindow must be as "03:00-04:00", got "3-4"'],
    [{ maintenanceWindow: 'sunday' }, 'maintenanceWindow must be as "sun:23:00-mon:01:30", got "sunday"'],
    [{ snapshotRetention: Duration.days(0), snapshotWindow: '03:00-04:00' }, 'snapshotWindow has no meaning'],
    [{ shards: 2, clusterMode: false }, '2 shards are a cluster: leave out clusterMode: false'],
    [{ replicas: 0, multiAz: true }, 'multiAz needs replicas'],
    [{ replicas: 0, automaticFailover: true }, 'automaticFailover needs replicas'],
    [{ automaticFailover: false }, 'multiAz needs automaticFailover'],
    [{ shards: 2, automaticFailover: false }, 'a cluster always fails over by itself'],
  ])('%j is refused', (props, message) => {
    expect(() => CacheShape.nodes(props)).toThrow(message);
  });
});

describe('durability', () => {
  test('in the log before the answer: of Valkey 9, in cluster mode, without eviction, and said in the URL', () => {
    const server = testServer({ storage: nodes({ durability: CacheDurability.SYNC }) });
    const template = templateOf(server);
    template.hasResourceProperties(GROUP, {
      EngineVersion: '9.0',
      Durability: 'sync',
      CacheNodeType: 'cache.m7g.large',
      ClusterMode: 'enabled',
      MultiAZEnabled: true,
      CacheParameterGroupName: { Ref: Match.stringLikeRegexp('StorageParameters') },
    });
    template.hasResourceProperties('AWS::ElastiCache::ParameterGroup', {
      CacheParameterGroupFamily: 'valkey9',
      Properties: { 'cluster-enabled': 'yes', 'maxmemory-policy': 'noeviction' },
    });
    expect(storeUrlOf(template)).toMatch(/&cluster=true&durable=true$/);
    expect(server.storage.unfitForState).toBeUndefined();
  });

  test('in the log after the answer: is not called durable', () => {
    const storage = nodes({ durability: CacheDurability.ASYNC });
    const server = testServer({ storage });
    templateOf(server).hasResourceProperties(GROUP, {
      Durability: 'async',
      EngineVersion: '9.0',
      CacheParameterGroupName: 'default.valkey9.cluster.on',
    });
    expect(storeUrlOf(templateOf(server))).not.toContain('durable');
    expect(server.storage.unfitForState).toContain('loses writes that were acknowledged');
  });

  test('none, said aloud', () => {
    const template = templateOf(testServer({ storage: nodes({ durability: CacheDurability.NONE }) }));
    template.hasResourceProperties(GROUP, { Durability: 'disabled', ClusterMode: 'disabled' });
  });

  const durability = CacheDurability.SYNC;
  test.each<[CacheNodesProps, string]>([
    [{ durability, clusterMode: false }, 'durability needs cluster mode'],
    [{ durability, replicas: 0 }, 'durability needs nodes in several zones'],
    [{ durability, multiAz: false }, 'durability needs nodes in several zones'],
    [{ durability, nodeType: 'cache.t4g.small' }, 'nodes of type "cache.t4g.small" have no durability'],
    [{ durability, parameters: { 'maxmemory-policy': 'allkeys-lru' } }, 'maxmemory-policy "allkeys-lru" evicts'],
  ])('%j is refused', (props, message) => {
    expect(() => CacheShape.nodes(props)).toThrow(message);
  });

  test.each([
    ['valkey', CacheEngine.VALKEY_8_2, 'valkey 8.2 has no durability: use CacheEngine.VALKEY_9_0'],
    ['redis', CacheEngine.REDIS_7_1, 'redis 7.1 has no durability'],
  ] as const)('%s %j is refused', (name, engine, message) => {
    const storage = McpStorage[name]({ engine, shape: CacheShape.nodes({ durability }) });
    expect(() => testServer({ storage })).toThrow(message);
  });
});

describe('OAuth state in a cache', () => {
  test('is not kept where a failover loses writes, unless that is accepted', () => {
    const unfit = (props: CacheStorageProps) => testServer({ storage: McpStorage.valkey(props) }).storage.unfitForState;
    expect(unfit({})).toContain('CacheShape.nodes({ durability: CacheDurability.SYNC })');
    expect(unfit({})).toContain('allowLostWrites: true');
    expect(unfit({ allowLostWrites: true })).toBeUndefined();
  });

  test('accepting the loss does not make the URL say that nothing is lost', () => {
    const server = testServer({ storage: McpStorage.valkey({ allowLostWrites: true }) });
    expect(Stack.of(server).resolve(server.storage.url)).toBeDefined();
    expect(storeUrlOf(templateOf(server))).not.toContain('durable');
  });
});

describe('engines', () => {
  test.each([
    [() => CacheEngine.valkey('7.1'), 'valkey 7.1 has no users that sign in with IAM: use 7.2 or newer'],
    [() => CacheEngine.redis('6.2'), 'redis 6.2 has no users that sign in with IAM: use 7.0 or newer'],
    [() => CacheEngine.valkey('8'), 'the version of a cache must be two numbers such as "8.1", got "8"'],
    [() => CacheEngine.valkey('8.1.2'), 'two numbers'],
  ])('%s', (make, message) => {
    expect(make).toThrow(message);
  });

  test('a version that has no name yet', () => {
    expect(CacheEngine.valkey('9.12').isAtLeast(9, 2)).toBe(true);
    expect(CacheEngine.valkey('10.0').isAtLeast(9, 2)).toBe(true);
    expect(CacheEngine.valkey('9.1').isAtLeast(9, 2)).toBe(false);
  });

  test('of the other name are refused', () => {
    expect(() => testServer({ storage: McpStorage.valkey({ engine: CacheEngine.REDIS_7_1 }) })).toThrow(
      'McpStorage.valkey() cannot run redis 7.1: use McpStorage.redis(), or leave out the engine',
    );
  });
});

describe('names', () => {
  test.each(['', 'My-cache', '9lives', 'a--b', 'a-', 'a'.repeat(41)])('%j is refused', (cacheName) => {
    expect(() => testServer({ storage: McpStorage.valkey({ cacheName }) })).toThrow('cacheName must be 1 to 40');
  });

  test.each(['a', 'a'.repeat(40), 'a-1'])('%j is not', (cacheName) => {
    expect(testServer({ storage: McpStorage.valkey({ cacheName }) }).storage.url).toContain(`cache=${cacheName}&`);
  });

  test('of a nested stack do not change from one synthesis to the next', () => {
    const names = [1, 2].map(() => {
      const nested = new NestedStack(testStack(), 'Nested');
      const server = testServer({ storage: McpStorage.valkey() }, nested);
      return [/\/\/([^@]+)@/, /cache=([^&]+)/].map((part) => part.exec(server.storage.url)?.[1]);
    });
    expect(names[0]).toEqual(names[1]);
    expect(names[0]).toEqual([
      expect.stringMatching(/^weather-[0-9a-f]{8}$/),
      expect.stringMatching(/^test-nested-server-storage-[0-9a-f]{8}$/),
    ]);
  });

  test.each([
    ['a', 'a-final'],
    ['a'.repeat(40), `${'a'.repeat(34)}-final`],
    [`${'a'.repeat(33)}-bcdefg`, `${'a'.repeat(33)}-final`],
  ])('the last snapshot of %s is %s', (cacheName, FinalSnapshotName) => {
    const template = templateOf(testServer({ storage: McpStorage.valkey({ cacheName }) }));
    template.hasResourceProperties('AWS::ElastiCache::ServerlessCache', { FinalSnapshotName });
  });

  test.each([
    ['Weather.EU_1', /^weather-eu-1-[0-9a-f]{8}$/],
    ['9lives', /^lives-[0-9a-f]{8}$/],
    ['1', /^mcp-[0-9a-f]{8}$/],
    ['a'.repeat(63), /^a{31}-[0-9a-f]{8}$/],
    [`${'a'.repeat(30)}-b`, /^a{30}-[0-9a-f]{8}$/],
  ])('the user of a server named %j is one that ElastiCache takes', (serverName, pattern) => {
    const template = templateOf(testServer({ storage: McpStorage.valkey(), serverName }));
    template.hasResourceProperties('AWS::ElastiCache::User', {
      UserId: Match.stringLikeRegexp(pattern.source),
      AccessString: Match.stringLikeRegexp(`^on ~${serverName.replaceAll('.', '\\.')}__\\* -@all `),
    });
  });

  test('users of two servers with names that look alike differ, and those of two stacks, too', () => {
    const ids = ['weather-1', 'weather.1'].flatMap((serverName) =>
      ['One', 'Two'].map((id) => {
        const server = testServer({ storage: McpStorage.valkey(), serverName }, testStack(undefined, id));
        return /valkeys:\/\/([^@]+)@/.exec(server.storage.url)?.[1];
      }),
    );
    expect(new Set(ids).size).toBe(4);
  });
});
