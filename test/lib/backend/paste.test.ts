import type { Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { compileFunction } from 'node:vm';

import { chooseBackend } from '../../../lib/backend/choose-backend.ts';
import { pasteFor } from '../../../lib/backend/paste.ts';
import { PROVISIONED } from '../../../lib/backend/provisioned.ts';
import type { Workload } from '../../../lib/backend/workload.ts';
import * as store from '../../../lambda/store/index.ts';
import { CacheShape, McpNetwork, McpStorage } from '../../../lib/index.ts';
import { silenceWarnings, templateOf, testServer, testStack } from '../support/test-app.ts';

silenceWarnings();

const paste = (workload: Workload) => pasteFor(chooseBackend(workload));

test('what is said to be provisioned, is', () => {
  for (const call of Object.values(PROVISIONED)) {
    const [, method] = /^McpStorage\.(\w+)\(\)$/.exec(call) ?? [];
    expect((McpStorage as unknown as Record<string, () => unknown>)[method!]!()).toBeInstanceOf(McpStorage);
  }
});

test('what is said to be an adapter, is one of the runtime', () => {
  for (const name of Object.keys(PROVISIONED)) {
    if (name === 'memory') continue;
    const [note] = paste({ platform: 'machine', existing: [name] }).notes;
    const [, url = '', adapter = ''] =
      /MCP_STORE_URL='?([^',]+)'?, and give the host the adapter (\w+)$/.exec(note!) ?? [];
    const { schemes } = (store as unknown as Record<string, store.StoreAdapter>)[adapter]!;
    expect(schemes).toContain(url.split(':')[0]);
  }
});

test.each<[string, Workload, string | undefined, string[]]>([
  ['a table', {}, 'storage: McpStorage.dynamoDb(),', []],
  ['memory', { environment: 'development' }, 'storage: McpStorage.memory(),', []],
  ['a cache', { requestsPerSecond: 20 }, 'storage: McpStorage.valkey(),', []],
  [
    'a cache, and a NAT gateway for the internet',
    { latencyMs: 1, internet: true },
    "storage: McpStorage.valkey(), network: new McpNetwork(this, 'Network', { natGateways: 1 }),",
    [],
  ],
  ['a table, which needs no network for the internet', { internet: true }, 'storage: McpStorage.dynamoDb(),', []],
  [
    'a node of a cache, where that is what is cheapest',
    { requestsPerSecond: 100 },
    "storage: McpStorage.valkey({ shape: CacheShape.nodes({ nodeType: 'cache.t4g.micro', replicas: 0 }) }),",
    [],
  ],
  [
    'two nodes for OAuth state, whose losses are accepted',
    { role: 'oauth', latencyMs: 1, allowLostWrites: true, requestsPerSecond: 18, itemSizeKb: 1 },
    "storage: McpStorage.valkey({ shape: CacheShape.nodes({ nodeType: 'cache.t4g.small', replicas: 1 }), allowLostWrites: true }),",
    [],
  ],
  [
    'a cache for OAuth state, whose losses are accepted',
    { role: 'oauth', latencyMs: 1, allowLostWrites: true },
    'storage: McpStorage.valkey({ allowLostWrites: true }),',
    [],
  ],
  ['a cache for a cache', { latencyMs: 1, allowLostWrites: true }, 'storage: McpStorage.valkey(),', []],
  [
    'a Redis that exists',
    { existing: ['redis'], servers: 2 },
    "storage: McpStorage.fromUrl('rediss://my-redis.example.com:6379', " +
      "{ credentials: secretsmanager.Secret.fromSecretNameV2(this, 'Credentials', 'my-redis') }),",
    [
      'put its address in place of my-redis.example.com, and the name of the secret with its username and password in place of my-redis',
      'a cache of ElastiCache whose users sign in with IAM needs no secret: use McpStorage.fromCache()',
    ],
  ],
  [
    'a Memcached that exists',
    { existing: ['memcached'], latencyMs: 1 },
    "storage: McpStorage.fromUrl('memcacheds://my-memcached.example.com:11211'),",
    [
      'put the address of your Memcached in place of my-memcached.example.com',
      'one of ElastiCache is in a network: add network, a McpNetwork of its vpc, or use McpStorage.fromMemcached()',
    ],
  ],
  [
    'a database that exists',
    { existing: ['mongodb'] },
    "storage: McpStorage.fromUrl('mongodb+srv://my-mongo.example.com/my-database', " +
      "{ credentials: secretsmanager.Secret.fromSecretNameV2(this, 'Credentials', 'my-mongo') }),",
    [
      'put its address in place of my-mongo.example.com, a database in place of my-database, and the name of the secret with ' +
        'its username and password in place of my-mongo',
      'one of DocumentDB is in a network: add network, a McpNetwork of its vpc, and use McpStorage.fromCluster()',
    ],
  ],
  [
    'RocksDB, which not every compute has',
    { platform: 'fargate', latencyMs: 0.2, existing: ['rocksdb'], requestsPerSecond: 1000 },
    'storage: McpStorage.rocksDb(),',
    ['a function has no such volume: give the server a compute that runs one task'],
  ],
  [
    'a table that exists',
    { existing: ['dynamodb'] },
    "storage: McpStorage.fromTable(dynamodb.TableV2.fromTableName(this, 'Table', 'my-table')),",
    ['put the name of your table in place of my-table'],
  ],
  [
    'a folder of a machine',
    { platform: 'machine', persistence: true },
    undefined,
    [
      'on a machine of your own nothing is provisioned: set MCP_STORE_URL=file:///var/lib/mcp, and give the host the adapter diskAdapter',
    ],
  ],
  [
    'Valkey for machines',
    { platform: 'machine', servers: 2 },
    undefined,
    [
      'on a machine of your own nothing is provisioned: set MCP_STORE_URL=valkey://localhost:6379, and give the host the adapter redisAdapter',
    ],
  ],
  [
    'nothing at all',
    { latencyMs: 0.001 },
    undefined,
    ['nothing can serve this workload: change what the refusals name'],
  ],
])('%s', (_name, workload, code, notes) => {
  expect(paste(workload)).toEqual({ code, notes });
});

describe('what is printed to paste can be deployed', () => {
  const workloads: Workload[] = [
    {},
    { environment: 'development' },
    { existing: ['dynamodb'] },
    { requestsPerSecond: 20 },
    { requestsPerSecond: 100 },
    { role: 'oauth', latencyMs: 1, allowLostWrites: true },
    { role: 'oauth', latencyMs: 1, allowLostWrites: true, requestsPerSecond: 18, itemSizeKb: 1 },
    { existing: ['redis'], servers: 2 },
    { existing: ['redis'], role: 'oauth', allowLostWrites: true },
    { existing: ['valkey'], servers: 2 },
    { existing: ['memcached'], latencyMs: 1 },
    { existing: ['disk'] },
    { existing: ['mongodb'], role: 'oauth' },
    { existing: ['elasticsearch'] },
  ];

  test.each(workloads)('%j', (workload) => {
    const stack = testStack();
    // Files are in a network, as their note says.
    const network = workload.existing?.includes('disk') ? new McpNetwork(stack, 'Network') : undefined;
    const { code = '' } = paste(workload);
    // As somebody does who pastes it into a stack.
    const make = compileFunction(`return { ${code} }.storage;`, [
      'McpStorage',
      'CacheShape',
      'dynamodb',
      'ec2',
      'efs',
      'secretsmanager',
    ]) as (this: Stack, ...modules: unknown[]) => McpStorage;
    const server = testServer(
      { storage: make.call(stack, McpStorage, CacheShape, dynamodb, ec2, efs, secretsmanager), network },
      stack,
    );
    expect(Object.keys(templateOf(server).findResources('AWS::Lambda::Function'))).toHaveLength(1);
    if (workload.role === 'oauth') expect(server.storage.unfitForState).toBeUndefined();
  });
});
