import * as kms from 'aws-cdk-lib/aws-kms';

import { CacheAccess, CacheShape, McpCache, McpNetwork, McpStorage } from '../../../../lib/index.ts';
import { decide, KEY_POLICY } from '../../support/decide.ts';
import { arn, policyOf } from '../../support/role-policy.ts';
import { templateOf, testServer, testStack } from '../../support/test-app.ts';
import { secondServer } from './support.ts';

const KEYS = arn('secretsmanager', 'secret:Keys-AbCdEf');
const PASSWORD = arn('secretsmanager', 'secret:Password-AbCdEf');
const OTHER_PASSWORD = arn('secretsmanager', 'secret:OtherPassword-AbCdEf');
const KEY = arn('kms', 'key/11111111-2222-3333-4444-555555555555');

/** The user that a URL of a store names. */
const userOf = (url: string) => arn('elasticache', `user:${/\/\/([^@]+)@/.exec(url)?.[1] ?? ''}`);

describe('two servers on one cache that sign in with IAM', () => {
  const stack = testStack();
  const cache = new McpCache(stack, 'Cache', { network: new McpNetwork(stack, 'Network') });
  const weather = testServer({ storage: McpStorage.fromCache(cache) }, stack);
  const news = secondServer(stack, { serverName: 'news', storage: McpStorage.fromCache(cache) });
  const role = policyOf(templateOf(stack), 'ServerComputeRole', {
    ComputeLogs: arn('logs', 'log-group:weather'),
    KeysSecret: KEYS,
  });
  const CACHE = arn('elasticache', `serverlesscache:${cache.cacheName}`);
  const connect = (resource: string) => decide(role, { action: 'elasticache:Connect', resource });

  // A connection needs the permission on both: on the cache and on the user.
  test('the server connects to the cache, as its own user', async () => {
    await expect(connect(CACHE)).resolves.toBe('Allowed');
    await expect(connect(userOf(weather.storage.url))).resolves.toBe('Allowed');
  });

  test.each([
    ['as the user of the other server', userOf(news.storage.url)],
    ['as the user called default', arn('elasticache', 'user:default')],
    ['to another cache', arn('elasticache', 'serverlesscache:other')],
    ['to a replication group of that name', arn('elasticache', `replicationgroup:${cache.cacheName}`)],
    ['to a cache in another region', CACHE.replace('eu-west-1', 'us-east-1')],
  ])('and not %s', async (_name, resource) => {
    await expect(connect(resource)).resolves.toBe('ImplicitlyDenied');
  });

  test.each([
    'DescribeServerlessCaches',
    'ModifyServerlessCache',
    'DeleteServerlessCache',
    'CreateServerlessCacheSnapshot',
  ])('it may not %s', async (action) => {
    await expect(decide(role, { action: `elasticache:${action}`, resource: CACHE })).resolves.toBe('ImplicitlyDenied');
  });

  test.each(['ModifyUser', 'DeleteUser', 'DescribeUsers'])('it may not %s, its own either', async (action) => {
    const call = { action: `elasticache:${action}`, resource: userOf(weather.storage.url) };
    await expect(decide(role, call)).resolves.toBe('ImplicitlyDenied');
  });
});

describe('a server with nodes of its own that signs in with IAM', () => {
  const GROUP = arn('elasticache', 'replicationgroup:weather-cache');
  const weather = testServer({ storage: McpStorage.valkey({ shape: CacheShape.nodes() }) });
  const role = policyOf(templateOf(weather), 'ServerComputeRole', {
    ServerStorage: 'weather-cache',
    ComputeLogs: arn('logs', 'log-group:weather'),
    KeysSecret: KEYS,
  });
  const connect = (resource: string) => decide(role, { action: 'elasticache:Connect', resource });

  test('connects to its replication group, as its own user', async () => {
    await expect(connect(GROUP)).resolves.toBe('Allowed');
    await expect(connect(userOf(weather.storage.url))).resolves.toBe('Allowed');
  });

  test.each([
    ['as another user', arn('elasticache', 'user:news')],
    ['as the user called default', arn('elasticache', 'user:default')],
    ['to another replication group', arn('elasticache', 'replicationgroup:other')],
    ['to one whose name begins like its own', `${GROUP}-2`],
    ['to a serverless cache of that name', arn('elasticache', 'serverlesscache:weather-cache')],
    ['to a group of that name in another region', GROUP.replace('eu-west-1', 'us-east-1')],
  ])('and not %s', async (_name, resource) => {
    await expect(connect(resource)).resolves.toBe('ImplicitlyDenied');
  });

  test.each(['DescribeReplicationGroups', 'ModifyReplicationGroup', 'DeleteReplicationGroup', 'CreateSnapshot'])(
    'it may not %s',
    async (action) => {
      const call = { action: `elasticache:${action}`, resource: GROUP };
      await expect(decide(role, call)).resolves.toBe('ImplicitlyDenied');
    },
  );
});

describe('a server that signs in with a password', () => {
  const stack = testStack();
  const encryptionKey = new kms.Key(stack, 'Customer');
  testServer({ storage: McpStorage.valkey({ access: CacheAccess.password({ encryptionKey }) }) }, stack);
  const role = policyOf(templateOf(stack), 'ServerComputeRole', {
    PasswordSecret: PASSWORD,
    ComputeLogs: arn('logs', 'log-group:weather'),
    KeysSecret: KEYS,
    Customer: KEY,
  });

  test.each([
    ['fetches its password', 'Allowed', { action: 'secretsmanager:GetSecretValue', resource: PASSWORD }],
    ['fetches no other', 'ImplicitlyDenied', { action: 'secretsmanager:GetSecretValue', resource: OTHER_PASSWORD }],
    ['does not change it', 'ImplicitlyDenied', { action: 'secretsmanager:PutSecretValue', resource: PASSWORD }],
    ['does not rotate it', 'ImplicitlyDenied', { action: 'secretsmanager:RotateSecret', resource: PASSWORD }],
    [
      'needs no right to connect',
      'ImplicitlyDenied',
      { action: 'elasticache:Connect', resource: arn('elasticache', 'user:x') },
    ],
    [
      'uses its key through Secrets Manager',
      'Allowed',
      {
        action: 'kms:Decrypt',
        resource: KEY,
        context: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' },
      },
    ],
    ['uses its key through nothing else', 'ImplicitlyDenied', { action: 'kms:Decrypt', resource: KEY }],
  ])('%s', async (_name, result, call) => {
    await expect(decide(role, call, call.resource === KEY ? KEY_POLICY : undefined)).resolves.toBe(result);
  });
});

test('a server on Memcached is granted nothing of ElastiCache', async () => {
  const server = testServer({ storage: McpStorage.memcached() });
  const role = policyOf(templateOf(server), 'ServerComputeRole', {
    ComputeLogs: arn('logs', 'log-group:weather'),
    KeysSecret: KEYS,
  });
  for (const resource of [arn('elasticache', 'serverlesscache:any'), arn('elasticache', 'user:any')]) {
    await expect(decide(role, { action: 'elasticache:Connect', resource })).resolves.toBe('ImplicitlyDenied');
  }
});
