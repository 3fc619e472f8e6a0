import type { ReplicationGroup, ServerlessCache, User } from '@aws-sdk/client-elasticache';

import type { FakeTable } from './fake-aws.ts';

/** A table as the kit makes them. */
export function storeTable(name: string, changes: Partial<FakeTable> = {}): FakeTable {
  return {
    ...tableWith(name, { collection: 'S', key: 'S' }),
    DeletionProtectionEnabled: true,
    timeToLive: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' },
    recovery: { PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 35 },
    ...changes,
  };
}

/** A table of another program: partition key, then sort key. */
export function tableWith(name: string, keys: Readonly<Record<string, 'S' | 'N' | 'B'>>): FakeTable {
  return {
    TableName: name,
    TableArn: `arn:aws:dynamodb:eu-west-1:111122223333:table/${name}`,
    TableStatus: 'ACTIVE',
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    KeySchema: Object.keys(keys).map((AttributeName, index) => ({
      AttributeName,
      KeyType: index === 0 ? 'HASH' : 'RANGE',
    })),
    AttributeDefinitions: Object.entries(keys)
      .map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }))
      .reverse(), // sorted by name in AWS's answers, not by key
  };
}

export function serverlessCache(name: string, changes: Partial<ServerlessCache> = {}): ServerlessCache {
  return {
    ServerlessCacheName: name,
    Status: 'available',
    Engine: 'valkey',
    MajorEngineVersion: '8',
    FullEngineVersion: '8.1',
    Endpoint: { Address: `${name}-abc123.serverless.euw1.cache.amazonaws.com`, Port: 6379 },
    ReaderEndpoint: { Address: `${name}-abc123.serverless.euw1.cache.amazonaws.com`, Port: 6380 },
    ARN: `arn:aws:elasticache:eu-west-1:111122223333:serverlesscache:${name}`,
    SecurityGroupIds: ['sg-0123456789abcdef0'],
    SubnetIds: ['subnet-0123456789abcdef0'],
    UserGroupId: 'servers',
    ...changes,
  };
}

/** Nodes with everything that the kit asks for, durable writes too. */
export function replicationGroup(name: string, changes: Partial<ReplicationGroup> = {}): ReplicationGroup {
  return {
    ReplicationGroupId: name,
    Status: 'available',
    Engine: 'valkey',
    ClusterEnabled: false,
    TransitEncryptionEnabled: true,
    TransitEncryptionMode: 'required',
    AtRestEncryptionEnabled: true,
    AutomaticFailover: 'enabled',
    MultiAZ: 'enabled',
    MemberClusters: [`${name}-001`, `${name}-002`],
    NodeGroups: [
      {
        NodeGroupId: '0001',
        PrimaryEndpoint: { Address: `master.${name}.abc123.euw1.cache.amazonaws.com`, Port: 6379 },
        NodeGroupMembers: [{ CacheClusterId: `${name}-001` }, { CacheClusterId: `${name}-002` }],
      },
    ],
    AuthTokenEnabled: false,
    UserGroupIds: ['servers'],
    Durability: 'sync',
    EffectiveDurability: 'sync',
    ARN: `arn:aws:elasticache:eu-west-1:111122223333:replicationgroup:${name}`,
    ...changes,
  };
}

export function iamUser(name = 'weather', changes: Partial<User> = {}): User {
  return {
    UserId: name,
    UserName: name,
    Status: 'active',
    Engine: 'valkey',
    AccessString: `on ~${name}__* -@all +@read +@write`,
    UserGroupIds: ['servers'],
    Authentication: { Type: 'iam' },
    ...changes,
  };
}
