import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';

import { REDIS_COMMANDS } from '../../../../lambda/store/redis/commands.ts';
import { CacheEngine, CacheShape, McpStorage } from '../../../../lib/index.ts';
import type { ServerlessCacheProps } from '../../../../lib/index.ts';
import { templateOf, testServer, testStack } from '../../support/test-app.ts';
import { storeUrlOf } from './support.ts';

describe('a Valkey cache with nothing but its defaults', () => {
  const server = testServer({ storage: McpStorage.valkey() });
  const template = templateOf(server);

  test('is serverless, in a network of its own, with a user group, and with a ceiling on what it can cost', () => {
    template.hasResourceProperties('AWS::ElastiCache::ServerlessCache', {
      ServerlessCacheName: Match.stringLikeRegexp('^test-server-storage-[0-9a-f]{8}$'),
      Engine: 'valkey',
      MajorEngineVersion: '8',
      CacheUsageLimits: {
        DataStorage: { Unit: 'GB', Maximum: 5, Minimum: Match.absent() },
        ECPUPerSecond: { Maximum: 10_000, Minimum: Match.absent() },
      },
      SubnetIds: [
        { Ref: Match.stringLikeRegexp('NetworkVpcInsideSubnet1') },
        { Ref: Match.stringLikeRegexp('NetworkVpcInsideSubnet2') },
      ],
      SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('StorageSecurityGroup'), 'GroupId'] }],
      UserGroupId: { Ref: Match.stringLikeRegexp('StorageUsersGroup') },
      SnapshotRetentionLimit: 1,
      FinalSnapshotName: Match.stringLikeRegexp('^test-server-storage-[0-9a-f]{8}-final$'),
      KmsKeyId: Match.absent(),
      DailySnapshotTime: Match.absent(),
    });
  });

  test('is deleted with its stack, after a last snapshot', () => {
    template.hasResource('AWS::ElastiCache::ServerlessCache', {
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });

  test('has one user, who signs in with IAM and may run what the adapter sends on keys of the server', () => {
    template.resourceCountIs('AWS::ElastiCache::User', 1);
    template.hasResourceProperties('AWS::ElastiCache::User', {
      Engine: 'valkey',
      UserId: Match.stringLikeRegexp('^weather-[0-9a-f]{8}$'),
      AuthenticationMode: { Type: 'iam' },
      AccessString: `on ~weather__* -@all ${REDIS_COMMANDS.map((name) => `+${name}`).join(' ')}`,
      Passwords: Match.absent(),
      NoPasswordRequired: Match.absent(),
    });
    const [user] = Object.values(template.findResources('AWS::ElastiCache::User'));
    expect(user?.Properties.UserName).toBe(user?.Properties.UserId);
    template.hasResourceProperties('AWS::ElastiCache::UserGroup', {
      Engine: 'valkey',
      UserGroupId: Match.stringLikeRegexp('^[a-z][a-z0-9-]{0,39}$'),
      UserIds: [{ Ref: Match.stringLikeRegexp('StorageUsersOfweather') }],
    });
  });

  test('is reached by a URL without secrets, which says how to sign in', () => {
    const [user] = Object.values(template.findResources('AWS::ElastiCache::User'));
    const [cache] = Object.values(template.findResources('AWS::ElastiCache::ServerlessCache'));
    expect(storeUrlOf(template)).toBe(
      `valkeys://${user?.Properties.UserId as string}@{Storage.Endpoint.Address}:6379/0` +
        `?auth=iam&cache=${cache?.Properties.ServerlessCacheName as string}&serverless=true&region=eu-west-1&cluster=true`,
    );
  });
});

test('everything that can be said of a serverless cache is in the template', () => {
  const stack = testStack();
  const storage = McpStorage.valkey({
    engine: CacheEngine.VALKEY_7_2,
    cacheName: 'my-cache',
    encryptionKey: new kms.Key(stack, 'Key'),
    removalPolicy: RemovalPolicy.RETAIN,
    shape: CacheShape.serverless({
      maximumDataStorage: Size.gibibytes(20),
      minimumDataStorage: Size.gibibytes(2),
      maximumEcpuPerSecond: 20_000,
      minimumEcpuPerSecond: 2000,
      snapshotRetention: Duration.days(3),
      dailySnapshotTime: '03:00',
      finalSnapshotName: 'goodbye',
      snapshotArnsToRestore: ['arn:aws:elasticache:eu-west-1:111122223333:serverlesscachesnapshot:old'],
    }),
  });
  testServer({ storage }, stack);
  const template = templateOf(stack);
  template.hasResource('AWS::ElastiCache::ServerlessCache', {
    DeletionPolicy: 'Retain',
    Properties: {
      ServerlessCacheName: 'my-cache',
      MajorEngineVersion: '7',
      CacheUsageLimits: {
        DataStorage: { Unit: 'GB', Maximum: 20, Minimum: 2 },
        ECPUPerSecond: { Maximum: 20_000, Minimum: 2000 },
      },
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
      SnapshotRetentionLimit: 3,
      DailySnapshotTime: '03:00',
      FinalSnapshotName: 'goodbye',
      SnapshotArnsToRestore: ['arn:aws:elasticache:eu-west-1:111122223333:serverlesscachesnapshot:old'],
    },
  });
});

describe('what becomes of it', () => {
  test.each([
    ['destroyed with the server', { removalPolicy: RemovalPolicy.DESTROY }, 'Delete', undefined],
    ['retained with the server', { removalPolicy: RemovalPolicy.RETAIN }, 'Retain', undefined],
    ['by default', {}, 'Delete', 'final'],
  ])('%s', (_name, props, policy, snapshot) => {
    const template = templateOf(testServer({ storage: McpStorage.valkey(), ...props }));
    template.hasResource('AWS::ElastiCache::ServerlessCache', {
      DeletionPolicy: policy,
      Properties: { FinalSnapshotName: snapshot === undefined ? Match.absent() : Match.stringLikeRegexp(snapshot) },
    });
    if (policy !== 'Retain') return;
    for (const kept of ['AWS::ElastiCache::UserGroup', 'AWS::ElastiCache::User']) {
      template.hasResource(kept, { DeletionPolicy: 'Retain' });
    }
    const groups = Object.entries(template.findResources('AWS::EC2::SecurityGroup'));
    expect(groups.find(([id]) => id.includes('Storage'))?.[1].DeletionPolicy).toBe('Retain');
  });
});

describe('Redis OSS', () => {
  const template = templateOf(testServer({ storage: McpStorage.redis() }));

  test('is spoken of as rediss:, in version 7', () => {
    template.hasResourceProperties('AWS::ElastiCache::ServerlessCache', { Engine: 'redis', MajorEngineVersion: '7' });
    expect(storeUrlOf(template)).toMatch(/^rediss:\/\//);
  });

  test('has the default user that it asks for, switched off', () => {
    template.resourceCountIs('AWS::ElastiCache::User', 2);
    template.hasResourceProperties('AWS::ElastiCache::User', {
      Engine: 'redis',
      UserName: 'default',
      UserId: Match.stringLikeRegexp('^default-user-[0-9a-f]{8}$'),
      AccessString: 'off -@all',
      AuthenticationMode: { Type: 'no-password-required' },
    });
    template.hasResourceProperties('AWS::ElastiCache::UserGroup', {
      Engine: 'redis',
      UserIds: [
        { Ref: Match.stringLikeRegexp('StorageUsersClosed') },
        { Ref: Match.stringLikeRegexp('StorageUsersOfweather') },
      ],
    });
  });
});

describe('limits of a serverless cache', () => {
  test.each<[ServerlessCacheProps, string]>([
    [{ maximumDataStorage: Size.gibibytes(0) }, 'maximumDataStorage must be a whole number of GiB, 1 to 5000, got 0'],
    [{ maximumDataStorage: Size.gibibytes(5001) }, 'maximumDataStorage must be a whole number of GiB, 1 to 5000'],
    [{ maximumDataStorage: Size.mebibytes(1536) }, 'maximumDataStorage must be a whole number of GiB'],
    [{ minimumDataStorage: Size.gibibytes(0) }, 'minimumDataStorage must be a whole number of GiB'],
    [{ minimumDataStorage: Size.gibibytes(6) }, 'minimumDataStorage (6 GiB) is more than maximumDataStorage (5 GiB)'],
    [{ maximumEcpuPerSecond: 999 }, 'maximumEcpuPerSecond must be a whole number of processing units per second, 1000'],
    [{ maximumEcpuPerSecond: 15_000_001 }, 'maximumEcpuPerSecond must be a whole number'],
    [{ minimumEcpuPerSecond: 999 }, 'minimumEcpuPerSecond must be a whole number'],
    [{ minimumEcpuPerSecond: 10_001 }, 'minimumEcpuPerSecond (10001) is more than maximumEcpuPerSecond (10000)'],
    [{ snapshotRetention: Duration.days(36) }, 'snapshotRetention must be a whole number of days, 0 to 35, got 36'],
    [{ snapshotRetention: Duration.hours(12) }, 'snapshotRetention must be a whole number of days'],
    [{ dailySnapshotTime: '3:00' }, 'dailySnapshotTime must be as "03:00", got "3:00"'],
    [{ dailySnapshotTime: '24:00' }, 'dailySnapshotTime must be as "03:00", got "24:00"'],
    [
      { snapshotRetention: Duration.days(0), dailySnapshotTime: '03:00' },
      'dailySnapshotTime has no meaning where snapshotRetention is 0 days',
    ],
  ])('%j is refused', (props, message) => {
    expect(() => CacheShape.serverless(props)).toThrow(message);
  });

  test.each<ServerlessCacheProps>([
    { maximumDataStorage: Size.gibibytes(1) },
    { maximumDataStorage: Size.gibibytes(5000) },
    { minimumDataStorage: Size.gibibytes(5) },
    { maximumEcpuPerSecond: 1000 },
    { maximumEcpuPerSecond: 15_000_000 },
    { minimumEcpuPerSecond: 10_000 },
    { snapshotRetention: Duration.days(0) },
    { snapshotRetention: Duration.days(35) },
    { dailySnapshotTime: '23:59' },
  ])('%j is not', (props) => {
    const server = testServer({ storage: McpStorage.valkey({ shape: CacheShape.serverless(props) }) });
    expect(Stack.of(server).resolve(server.storage.url)).toBeDefined();
  });
});
