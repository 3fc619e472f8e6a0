import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';

import type { McpServerProps } from '../../../lib/index.ts';
import * as kit from '../../../lib/index.ts';
import { testServer, testStack } from '../../lib/support/test-app.ts';
import { FakeAws, type FakeAccount } from './fake-aws.ts';
import { iamUser, replicationGroup, serverlessCache, storeTable } from './fixtures.ts';

let aws: FakeAws;
beforeAll(async () => {
  aws = await FakeAws.start();
});
afterAll(() => aws.stop());

/** What is in scope by the imports that are printed, and by nothing else. */
function scopeOf(stdout: string): Record<string, unknown> {
  const [, names = ''] = /import \{ (.+) \} from 'cdk-mcp-kit';/.exec(stdout) ?? [];
  const ours = Object.fromEntries(names.split(', ').map((name) => [name, (kit as Record<string, unknown>)[name]]));
  const modules = [...stdout.matchAll(/import \* as (\w+) from 'aws-cdk-lib\/aws-(\w+)';/g)].map(([, name, path]) => [
    name,
    { dynamodb, ec2, kms }[path!],
  ]);
  return { ...ours, ...(Object.fromEntries(modules) as Record<string, unknown>) };
}

/** Runs the code as if it stood in the properties of a server. */
async function urlOf(account: FakeAccount): Promise<string> {
  const { stdout } = await aws.discover(account);
  const [code] = /^ {2}storage: (?:[^\n]+|[^]+?\n {2}\)),$/m.exec(stdout) ?? [];
  const scope = scopeOf(stdout);
  const stack = testStack();
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is what people do with the code
  const props = new Function(...Object.keys(scope), `return { ${code!} };`).apply(stack, Object.values(scope)) as Pick<
    McpServerProps,
    'storage'
  >;
  const server = testServer(props, stack);
  Template.fromStack(stack);
  return server.storage.url;
}

test('a table', async () => {
  expect(await urlOf({ tables: [storeTable('weather')] })).toMatch(/^dynamodb:\/\/weather\?region=/);
});

test('a table with a key', async () => {
  const KMSMasterKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';
  expect(await urlOf({ tables: [storeTable('t', { SSEDescription: { KMSMasterKeyArn } })] })).toContain(
    'dynamodb://t?',
  );
});

test('a serverless cache', async () => {
  const url = await urlOf({ serverless: [serverlessCache('sessions')], users: [iamUser()] });
  expect(url).toMatch(
    /^valkeys:\/\/weather@sessions-abc123\.serverless\.euw1\.cache\.amazonaws\.com:6379\/0\?auth=iam&cache=sessions&serverless=true&/,
  );
  expect(url).toContain('cluster=true');
});

test('a replication group, durable', async () => {
  const url = await urlOf({ replicationGroups: [replicationGroup('rg')], users: [iamUser()] });
  expect(url).toMatch(
    /^valkeys:\/\/weather@master\.rg\.abc123\.euw1\.cache\.amazonaws\.com:6379\/0\?auth=iam&cache=rg&/,
  );
  expect(url).toContain('durable=true');
  expect(url).not.toContain('cluster');
});

test('a cluster of Redis OSS without a user: the line is for the one that the remedy makes', async () => {
  const ConfigurationEndpoint = { Address: 'clustercfg.rg.abc123.euw1.cache.amazonaws.com', Port: 6380 };
  const changes = { Engine: 'redis', ClusterEnabled: true, ConfigurationEndpoint, UserGroupIds: [] };
  const group = replicationGroup('rg', { ...changes, EffectiveDurability: undefined });
  const url = await urlOf({ replicationGroups: [group], node: { EngineVersion: '7.1.0' } });
  expect(url).toMatch(/^rediss:\/\/mcp@clustercfg\.rg\.abc123\.euw1\.cache\.amazonaws\.com:6380\/0\?/);
  expect(url).toContain('cluster=true');
});

test('Memcached: nodes, and serverless', async () => {
  const ConfigurationEndpoint = { Address: 'mc.abc123.cfg.euw1.cache.amazonaws.com', Port: 11211 };
  const cluster = { CacheClusterId: 'mc', Engine: 'memcached', TransitEncryptionEnabled: true, ConfigurationEndpoint };
  expect(await urlOf({ clusters: [{ ...cluster, CacheClusterStatus: 'available' }] })).toBe(
    'memcacheds://mc.abc123.cfg.euw1.cache.amazonaws.com:11211?discovery=true',
  );
  const Endpoint = { Address: 'ms-abc123.serverless.euw1.cache.amazonaws.com', Port: 11211 };
  expect(await urlOf({ serverless: [serverlessCache('ms', { Engine: 'memcached', Endpoint })] })).toBe(
    'memcacheds://ms-abc123.serverless.euw1.cache.amazonaws.com:11211',
  );
});
