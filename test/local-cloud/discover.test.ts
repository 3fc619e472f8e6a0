import { DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateCacheClusterCommand,
  CreateReplicationGroupCommand,
  CreateServerlessCacheCommand,
  CreateUserCommand,
  CreateUserGroupCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { createStoreTable } from '../support/dynalite.ts';
import { describeOnCloud } from './available.ts';
import { ownEnvironment } from './environment.ts';
import { LocalCloud } from './local-cloud.ts';
import { ROOT } from './paths.ts';

jest.setTimeout(60_000);

describeOnCloud('mcp-kit discover', () => {
  let cloud: LocalCloud;
  let client: DynamoDBClient;
  let caches: ElastiCacheClient;

  beforeAll(async () => {
    cloud = await LocalCloud.start();
    client = new DynamoDBClient(cloud.clientConfig);
    caches = new ElastiCacheClient(cloud.clientConfig);
  });
  afterAll(async () => {
    client.destroy();
    caches.destroy();
    await cloud.stop();
  });

  async function discover(): Promise<string> {
    const flags = ['--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs'), 'bin/mcp-kit.ts', 'discover'];
    const child = spawn(process.execPath, flags, { cwd: ROOT, env: ownEnvironment(cloud.endpoint) });
    const ended = once(child, 'exit');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return `${stdout}${stderr}exit ${String((await ended)[0])}`;
  }

  test('finds the table of a store once its time to live is on', async () => {
    expect(await discover()).toMatch(/^There is no table and no cache\.[^]+exit 1$/m);
    await createStoreTable(client, 'weather');
    const before = await discover();
    expect(before).toContain('DynamoDB table weather: not ready for a cache, nor for OAuth state\n');
    expect(before).toContain('  lacks: time to live is off');
    expect(before).toMatch(/exit 1$/);
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: 'weather',
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      }),
    );
    const after = await discover();
    expect(after).toContain('DynamoDB table weather: ready for a cache and OAuth state\n');
    expect(after).toMatch(/exit 0$/);
  });

  /** The emulator forgets how a user signs in, and gives a new cache no second node: both are told, as they would be of AWS. */
  test('finds caches, and what they lack', async () => {
    const user = { UserId: 'mcp', UserName: 'mcp', AuthenticationMode: { Type: 'iam' } } as const;
    await caches.send(new CreateUserCommand({ ...user, Engine: 'valkey', AccessString: 'on ~weather__* -@all +get' }));
    await caches.send(new CreateUserGroupCommand({ UserGroupId: 'mcp', Engine: 'valkey', UserIds: ['mcp'] }));
    await caches.send(
      new CreateServerlessCacheCommand({ ServerlessCacheName: 'sessions', Engine: 'valkey', UserGroupId: 'mcp' }),
    );
    const node = { CacheNodeType: 'cache.t4g.micro', TransitEncryptionEnabled: true };
    await caches.send(
      new CreateReplicationGroupCommand({
        ...node,
        ReplicationGroupId: 'nodes',
        ReplicationGroupDescription: 'nodes',
        Engine: 'valkey',
      }),
    );
    await caches.send(
      new CreateCacheClusterCommand({ ...node, CacheClusterId: 'mc', Engine: 'memcached', NumCacheNodes: 1 }),
    );
    const told = await discover();
    expect(told).toContain('Valkey serverless cache sessions: not ready for a cache, nor for OAuth state\n');
    expect(told).toContain('  lacks: its user group mcp has no user that signs in with IAM\n');
    expect(told).toContain('Valkey replication group nodes: not ready for a cache, nor for OAuth state\n');
    expect(told).toContain('  lacks: no IAM user: it asks nobody who they are');
    expect(told).not.toContain('no TLS');
    expect(told).not.toContain('Valkey node');
    expect(told).toContain('Memcached cluster mc: ready for a cache, not ready for OAuth state\n');
  });
});
