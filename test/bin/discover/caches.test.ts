import type { CacheCluster, ReplicationGroup, User } from '@aws-sdk/client-elasticache';

import { FakeAws } from './fake-aws.ts';
import { iamUser, replicationGroup, serverlessCache } from './fixtures.ts';

let aws: FakeAws;
beforeAll(async () => {
  aws = await FakeAws.start();
});
afterAll(() => aws.stop());

const LOSES =
  '  for OAuth state lacks: its replication is asynchronous: a failover loses writes that were acknowledged\n';

test('durable nodes with TLS and an IAM user are ready for both', async () => {
  const { code, stdout } = await aws.discover({ replicationGroups: [replicationGroup('rg')], users: [iamUser()] });
  expect(code).toBe(0);
  expect(stdout).toContain('Valkey replication group rg: ready for a cache and OAuth state\n');
  expect(stdout).not.toContain('lacks');
  expect(stdout).toContain('its user weather signs in with IAM and may use keys ~weather__*;');
  expect(stdout).not.toContain('evict');
  expect(stdout).toContain(`
  storage: McpStorage.fromCache(
    McpCache.fromReplicationGroupAttributes(this, 'Cache', {
      replicationGroupId: 'rg',
      engine: CacheEngine.valkey('9.0'),
      endpointAddress: 'master.rg.abc123.euw1.cache.amazonaws.com',
      durable: true,
      network: new McpNetwork(this, 'Network', { vpc: ec2.Vpc.fromLookup(this, 'Vpc', { vpcId: 'vpc-0123456789abcdef0' }) }),
      securityGroup: ec2.SecurityGroup.fromSecurityGroupId(this, 'CacheGroup', 'sg-0123456789abcdef1'),
    }),
    { user: CacheUser.iam('weather') },
  ),

The code is for the properties of McpServer, in a stack of eu-west-1:
  import * as ec2 from 'aws-cdk-lib/aws-ec2';
  import { CacheEngine, CacheUser, McpCache, McpNetwork, McpStorage } from 'cdk-mcp-kit';
`);
});

test.each<[string, Partial<ReplicationGroup>, string]>([
  ['no durability', { Durability: 'disabled', EffectiveDurability: 'disabled' }, LOSES],
  ['an engine without it', { Engine: 'redis', Durability: undefined, EffectiveDurability: undefined }, LOSES],
  [
    'a log that is written later',
    { Durability: 'async', EffectiveDurability: 'async' },
    `  for OAuth state lacks: its log is written after the answer: a failure loses up to 10 seconds of writes that were acknowledged
    → aws elasticache modify-replication-group --replication-group-id rg --durability sync --apply-immediately --region eu-west-1
`,
  ],
])('%s keeps nodes from OAuth state only', async (_name, changes, told) => {
  const account = { replicationGroups: [replicationGroup('rg', changes)], users: [iamUser()] };
  const { code, stdout } = await aws.discover(account);
  expect(code).toBe(0);
  expect(stdout).toContain('rg: ready for a cache, not ready for OAuth state\n');
  expect(stdout).toContain(told);
  expect((await aws.discover(account, '--role', 'oauth')).code).toBe(1);
  expect((await aws.discover(account, '--role', 'cache')).stdout).not.toContain('OAuth state');
});

test('durable nodes that evict are no place for OAuth state, and the line does not say that they are', async () => {
  const account = { replicationGroups: [replicationGroup('rg')], users: [iamUser()], evictionPolicy: 'volatile-lru' };
  const { stdout } = await aws.discover({ ...account, page: 1 }); // the policy is on the second page
  expect(stdout).toContain('rg: ready for a cache, not ready for OAuth state\n');
  expect(stdout).toContain(`  for OAuth state lacks: it evicts when its memory is full (maxmemory-policy volatile-lru)
    → aws elasticache modify-cache-parameter-group --cache-parameter-group-name ours --parameter-name-values ParameterName=maxmemory-policy,ParameterValue=noeviction --region eu-west-1
`);
  expect(stdout).not.toContain('durable: true');
  const node = { CacheParameterGroup: { CacheParameterGroupName: 'default.valkey9' } };
  expect((await aws.discover({ ...account, node })).stdout).toContain(
    '    → make a parameter group, named mcp, of the same family\n',
  );
});

test('a cluster has another address, and the line says so', async () => {
  const ConfigurationEndpoint = { Address: 'clustercfg.rg.abc123.euw1.cache.amazonaws.com', Port: 6380 };
  const group = replicationGroup('rg', { ClusterEnabled: true, ConfigurationEndpoint });
  const { stdout } = await aws.discover({ replicationGroups: [group], users: [iamUser()] });
  expect(stdout).toContain('Valkey cluster rg: ready for');
  expect(stdout).toContain(`      endpointAddress: 'clustercfg.rg.abc123.euw1.cache.amazonaws.com',
      port: 6380,
      clusterMode: true,
      durable: true,
`);
});

test('Redis OSS before 7.0 has no IAM users: no line for it', async () => {
  const group = replicationGroup('rg', { Engine: 'redis', EffectiveDurability: undefined });
  const account = { replicationGroups: [group], users: [iamUser()], node: { EngineVersion: '6.2.6' } };
  const { code, stdout } = await aws.discover(account);
  expect(code).toBe(1);
  expect(stdout).toContain(
    '  lacks: Redis OSS 6.2.6 has no users that sign in with IAM\n    → aws elasticache modify-replication-group --replication-group-id rg --engine redis --engine-version 7.1 ',
  );
  expect(stdout).not.toContain('storage:');
});

test('a cache in the making has no address yet, and no line', async () => {
  const { stdout } = await aws.discover({
    serverless: [serverlessCache('s', { Status: 'creating', Endpoint: undefined })],
    replicationGroups: [replicationGroup('rg', { Status: 'creating', MemberClusters: [], NodeGroups: [] })],
  });
  expect(stdout).not.toContain('storage:');
});

const MODIFY = '    → aws elasticache modify-replication-group --replication-group-id rg';

test.each<[string, Partial<ReplicationGroup>, string]>([
  [
    'no TLS',
    { TransitEncryptionEnabled: false, TransitEncryptionMode: undefined },
    `  lacks: no TLS, which IAM users need\n${MODIFY} --transit-encryption-enabled --transit-encryption-mode preferred --apply-immediately --region eu-west-1`,
  ],
  [
    'an AUTH token',
    { UserGroupIds: [], AuthTokenEnabled: true },
    '  lacks: no IAM user: one AUTH token opens all of it\n    → aws elasticache create-user --user-id mcp --user-name mcp --engine valkey --authentication-mode Type=iam ',
  ],
  ['a token', { UserGroupIds: [], AuthTokenEnabled: true }, '    → or keep the token in a secret of Secrets Manager,'],
  ['no authentication', { UserGroupIds: undefined }, '  lacks: no IAM user: it asks nobody who they are'],
  [
    'a group without an IAM user',
    { UserGroupIds: ['admins'] },
    '  lacks: its user group admins has no user that signs in with IAM\n',
  ],
  ['the wrong state', { Status: 'creating' }, '  lacks: it is creating\n    → wait until it is available\n'],
  ['a failed one', { Status: 'create-failed' }, '  lacks: it is create-failed\n'],
  [
    'a secondary',
    { GlobalReplicationGroupInfo: { GlobalReplicationGroupMemberRole: 'SECONDARY' } },
    '  lacks: a secondary of a global datastore takes no writes\n',
  ],
])('%s is a lack', async (_name, changes, told) => {
  const { code, stdout } = await aws.discover({
    replicationGroups: [replicationGroup('rg', changes)],
    users: [iamUser()],
  });
  expect(code).toBe(1);
  expect(stdout).toContain('Valkey replication group rg: not ready for a cache, nor for OAuth state\n');
  expect(stdout).toContain(told);
});

test.each<[string, Partial<ReplicationGroup>, string]>([
  [
    'TLS that may be left out',
    { TransitEncryptionMode: 'preferred' },
    `it takes connections without TLS, too\n${MODIFY} --transit-encryption-mode required --apply-immediately`,
  ],
  ['no replica', { MemberClusters: ['rg-001'] }, 'no replica: it is away while a node is replaced\n'],
  [
    'no failover',
    { AutomaticFailover: 'disabled', MultiAZ: 'disabled' },
    `no automatic failover\n${MODIFY} --automatic-failover-enabled --multi-az-enabled --apply-immediately`,
  ],
  ['one zone', { MultiAZ: 'disabled' }, `all nodes may be in one zone\n${MODIFY} --multi-az-enabled --apply-immed`],
])('%s is told, and keeps nodes from nothing', async (_name, changes, told) => {
  const { stdout } = await aws.discover({ replicationGroups: [replicationGroup('rg', changes)], users: [iamUser()] });
  expect(stdout).toContain('rg: ready for a cache and OAuth state\n');
  expect(stdout).toContain(`  advice: ${told}`);
});

test.each<[string, Partial<User>]>([
  ['a password', { Authentication: { Type: 'password', PasswordCount: 1 } }],
  ['an access string that is off', { AccessString: 'off ~* +@all' }],
  ['another group', { UserGroupIds: ['others'] }],
  ['the end in sight', { Status: 'deleting' }],
])('a user with %s does not sign in with IAM', async (_name, changes) => {
  const account = { serverless: [serverlessCache('s')], users: [iamUser('weather', changes)] };
  const { code, stdout } = await aws.discover(account);
  expect(code).toBe(1);
  expect(stdout).toContain(
    '  lacks: its user group servers has no user that signs in with IAM\n    → aws elasticache create-user ',
  );
  expect(stdout).toContain(
    '    → aws elasticache modify-user-group --user-group-id servers --user-ids-to-add mcp --region eu-west-1\n',
  );
});

test('a serverless cache is ready for a cache only, and its users are found on any page', async () => {
  const users = Array.from({ length: 230 }, (_, index) => iamUser(`u${index}`, { UserGroupIds: [] }));
  const account = { serverless: [serverlessCache('s')], users: [...users, iamUser()] };
  const { code, stdout } = await aws.discover(account, '--limit', '300');
  expect(code).toBe(0);
  expect(stdout).toContain('Valkey serverless cache s: ready for a cache, not ready for OAuth state\n');
  expect(stdout).toContain(LOSES);
  expect(stdout).toContain(`  advice: the line needs the id of its VPC
    → aws ec2 describe-subnets --subnet-ids subnet-0123456789abcdef0 --query 'Subnets[0].VpcId' --output text --region eu-west-1
  storage: McpStorage.fromCache(
    McpCache.fromServerlessCacheAttributes(this, 'Cache', {
      cacheName: 's',
      engine: CacheEngine.valkey('8.1'),
`);
  expect(aws.calls.filter(({ action }) => action === 'elasticache:DescribeUsers')).toHaveLength(3);

  const cut = await aws.discover(account, '--limit', '30');
  expect(cut.stdout).toContain('  unknown: whether its user group servers has a user for IAM\n');
  expect(cut.stdout).toContain('Looked at the first 30 users only');
});

test('a serverless cache without a user group is open to its network', async () => {
  const { code, stdout } = await aws.discover({ serverless: [serverlessCache('s', { UserGroupId: undefined })] });
  expect(code).toBe(1);
  expect(stdout).toContain('it asks nobody who they are, whoever reaches its network reads all of it\n');
  expect(stdout).toContain(
    '    → aws elasticache modify-serverless-cache --serverless-cache-name s --user-group-id mcp --region eu-west-1\n',
  );
  expect(aws.calls.map(({ action }) => action)).not.toContain('elasticache:DescribeUsers');
});

const memcached: CacheCluster = {
  CacheClusterId: 'mc',
  Engine: 'memcached',
  EngineVersion: '1.6.22',
  CacheClusterStatus: 'available',
  TransitEncryptionEnabled: true,
  ConfigurationEndpoint: { Address: 'mc.abc123.cfg.euw1.cache.amazonaws.com', Port: 11211 },
  CacheSubnetGroupName: 'private',
  SecurityGroups: [{ SecurityGroupId: 'sg-0123456789abcdef2', Status: 'active' }],
};

test('Memcached is a cache and nothing more, and needs TLS', async () => {
  const clusters = [memcached, { ...memcached, CacheClusterId: 'plain', TransitEncryptionEnabled: false }];
  const serverless = [serverlessCache('ms', { Engine: 'memcached', UserGroupId: undefined })];
  const { code, stdout } = await aws.discover({ clusters, serverless });
  expect(code).toBe(0);
  expect(stdout).toContain('Memcached cluster mc: ready for a cache, not ready for OAuth state\n');
  expect(stdout).toContain('Memcached serverless cache ms: ready for a cache, not ready for OAuth state\n');
  expect(stdout).toContain('  for OAuth state lacks: Memcached evicts what it holds');
  expect(stdout).toContain('Memcached cluster plain: not ready for a cache, nor for OAuth state\n  lacks: no TLS\n');
  expect(stdout).toContain(`
  storage: McpStorage.fromMemcached(
    McpMemcached.fromMemcachedAttributes(this, 'Cache', {
      endpointAddress: 'mc.abc123.cfg.euw1.cache.amazonaws.com',
      network: new McpNetwork(this, 'Network', { vpc: ec2.Vpc.fromLookup(this, 'Vpc', { vpcId: 'vpc-0123456789abcdef0' }) }),
      securityGroup: ec2.SecurityGroup.fromSecurityGroupId(this, 'CacheGroup', 'sg-0123456789abcdef2'),
    }),
  ),
`);
  expect(stdout.split('fromMemcached(')).toHaveLength(3); // none for the one without TLS
  expect(aws.calls.filter(({ action }) => action === 'elasticache:DescribeCacheSubnetGroups')).toHaveLength(1);
  expect((await aws.discover({ clusters }, '--role', 'oauth')).code).toBe(1);
});

test('a single node of Redis has no users', async () => {
  const node = { CacheClusterId: 'solo', Engine: 'redis', CacheClusterStatus: 'available' };
  const { code, stdout } = await aws.discover({ clusters: [node] });
  expect(code).toBe(1);
  expect(stdout).toContain('Redis OSS node solo: not ready for a cache, nor for OAuth state\n');
  expect(stdout).toContain('aws elasticache create-replication-group --replication-group-id solo-group ');
});

test('with a token, and with Redis OSS, the steps to an IAM user are others', async () => {
  const group = replicationGroup('rg', { Engine: 'redis', UserGroupIds: [], AuthTokenEnabled: true });
  const { stdout } = await aws.discover({ replicationGroups: [group] });
  const steps = stdout.split('\n').filter((line) => line.includes('→ aws'));
  expect(steps.map((step) => step.replace(/ --region.*/, ''))).toEqual([
    expect.stringContaining('create-user --user-id mcp --user-name mcp --engine redis --authentication-mode Type=iam'),
    expect.stringContaining(
      "create-user --user-id mcp-default --user-name default --engine redis --no-password-required --access-string 'off -@all'",
    ),
    expect.stringContaining('create-user-group --user-group-id mcp --engine redis --user-ids mcp-default mcp'),
    expect.stringContaining('--user-group-ids-to-add mcp --auth-token-update-strategy DELETE --apply-immediately'),
  ]);
});

test('what is nearest to serving comes first', async () => {
  const { stdout } = await aws.discover({
    serverless: [serverlessCache('open', { UserGroupId: undefined }), serverlessCache('closed')],
    replicationGroups: [replicationGroup('durable')],
    users: [iamUser()],
  });
  const names = [...stdout.matchAll(/^Valkey [a-z ]+ (\w+):/gm)].map(([, name]) => name);
  expect(names).toEqual(['durable', 'closed', 'open']);
});
