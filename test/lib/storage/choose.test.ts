import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';

import { PRICED } from '../../../lib/backend/prices.ts';
import { CacheShape, McpAuth, McpCode, McpNetwork, McpServer, McpStorage } from '../../../lib/index.ts';
import type { Workload } from '../../../lib/index.ts';
import { ENTRY, silenceWarnings, templateOf, testApp, testServer, testStack } from '../support/test-app.ts';

silenceWarnings();

const CHOICE = 'cdk-mcp-kit:storageChoice';

const choicesIn = (server: McpServer): Record<string, Record<string, unknown>> =>
  templateOf(server).toJSON().Metadata?.[CHOICE];

const messagesOf = (server: McpServer): string[] =>
  Annotations.fromStack(Stack.of(server))
    .findInfo('*', Match.anyValue())
    .map(({ entry }) => entry.data as string);

describe('a server that calls the internet', () => {
  const fast: Workload = { latencyMs: 1 }; // what is in no network takes longer
  const nats = (server: McpServer): number =>
    Object.keys(templateOf(server).findResources('AWS::EC2::NatGateway')).length;

  test.each<[string, Workload, string, number]>([
    ['has a NAT gateway in the network that is made', { ...fast, internet: true }, 'valkey', 1],
    ['not when it says nothing', fast, 'valkey', 0],
    ['not when nothing needs a network', { internet: true }, 'dynamodb', 0],
  ])('%s', (_, workload, backend, count) => {
    const server = testServer({ storage: McpStorage.choose(workload) });
    expect(choicesIn(server)['Test/Server']).toMatchObject({ backend });
    expect(nats(server)).toBe(count);
  });

  test('may then have an issuer of tokens', () => {
    const auth = McpAuth.jwt({ issuer: 'https://idp.example.com', audience: 'https://mcp.example.com/mcp' });
    expect(() => testServer({ auth, storage: McpStorage.choose(fast) })).toThrow(
      'use McpCompute.fargate({ internet: true }), McpStorage.choose({ internet: true, … })',
    );
    expect(nats(testServer({ auth, storage: McpStorage.choose({ ...fast, internet: true }) }))).toBe(1);
  });

  test('is refused in an isolated network', () => {
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network');
    expect(() => testServer({ network, storage: McpStorage.choose({ internet: true }) }, stack)).toThrow(
      'the network of "Test/Server" is isolated: give it natGateways: 1, or leave out internet',
    );
  });
});

describe('the best that the kit provisions', () => {
  test('for the cloud: a table, as McpStorage.dynamoDb() makes it', () => {
    const server = testServer({ storage: McpStorage.choose() });
    const chosen = templateOf(server).toJSON() as { Metadata?: unknown };
    delete chosen.Metadata;
    expect(chosen).toEqual(templateOf(testServer({ storage: McpStorage.dynamoDb() })).toJSON());
    const again = testServer({ storage: McpStorage.choose() });
    expect(choicesIn(again)['Test/Server']).toMatchObject({ backend: 'dynamodb', monthlyUsd: 1.48 });
  });

  test('just starting: memory, whose choice is in the template too', () => {
    const server = testServer({ storage: McpStorage.choose({ environment: 'development' }) });
    templateOf(server).resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
    expect(server.storage.url).toBe('memory:');
    expect(choicesIn(server)).toEqual({
      'Test/Server': {
        backend: 'memory',
        as: 'the memory of the process',
        monthlyUsd: 0,
        reasons: ['best for Development (FastMCP): nothing to install or to configure'],
        ranking: expect.arrayContaining([{ backend: 'memory', monthlyUsd: 0 }]),
        refused: expect.arrayContaining([expect.objectContaining({ backend: 'mongodb' })]),
        workload: expect.objectContaining({ environment: 'development', requestsPerSecond: 1 }),
        prices: PRICED,
      },
    });
  });

  test('for several servers that ask often: a Valkey cache, as McpStorage.valkey() makes it', () => {
    const server = testServer({ storage: McpStorage.choose({ servers: 'multi', requestsPerSecond: 20 }) });
    expect(choicesIn(server)['Test/Server']).toMatchObject({ backend: 'valkey' });
    const chosen = templateOf(server).toJSON() as { Metadata?: unknown };
    delete chosen.Metadata;
    expect(chosen).toEqual(templateOf(testServer({ storage: McpStorage.valkey() })).toJSON());
  });

  test.each<[string, Workload, (props: { nodeType: string }) => McpStorage, string]>([
    [
      'for several servers that ask often enough to keep a node busy: that node of Valkey',
      { servers: 'multi', requestsPerSecond: 100 },
      ({ nodeType }) => McpStorage.valkey({ shape: CacheShape.nodes({ nodeType, replicas: 0 }) }),
      'cache.t4g.micro',
    ],
    [
      'for OAuth state: two nodes, of which one may fail',
      { role: 'oauth', latencyMs: 1, allowLostWrites: true, requestsPerSecond: 18, itemSizeKb: 1 },
      ({ nodeType }) =>
        McpStorage.valkey({ shape: CacheShape.nodes({ nodeType, replicas: 1 }), allowLostWrites: true }),
      'cache.t4g.small',
    ],
  ])('%s, which is what its cost was worked out for', (_name, workload, make, nodeType) => {
    const server = testServer({ storage: McpStorage.choose(workload) });
    expect(choicesIn(server)['Test/Server']).toMatchObject({ as: expect.stringContaining(nodeType) });
    const chosen = templateOf(server).toJSON() as { Metadata?: unknown };
    delete chosen.Metadata;
    expect(chosen).toEqual(templateOf(testServer({ storage: make({ nodeType }) })).toJSON());
  });

  test('of what exists, so far as the kit provisions it: a loss that is accepted is handed on', () => {
    const workload = { role: 'oauth', requestsPerSecond: 200, latencyMs: 1, allowLostWrites: true };
    const server = testServer({ storage: McpStorage.choose(workload) });
    expect(choicesIn(server)['Test/Server']).toMatchObject({ backend: 'valkey' });
    expect(server.storage.unfitForState).toBeUndefined();
  });

  test('for a cache nothing is accepted that was not asked for', () => {
    const server = testServer({ storage: McpStorage.choose({ latencyMs: 1, allowLostWrites: true }) });
    expect(server.storage.unfitForState).toContain('allowLostWrites: true');
  });

  test('for large OAuth state: a database, as McpStorage.mongoDb() makes it', () => {
    const server = testServer({ storage: McpStorage.choose({ role: 'oauth', itemSizeKb: 1000 }) });
    templateOf(server).resourceCountIs('AWS::DocDB::DBCluster', 1);
    expect(server.storage.unfitForState).toBeUndefined();
  });

  test('for the quickest cache of one task: RocksDB, which a function is refused', () => {
    const storage = McpStorage.choose({ platform: 'fargate', servers: 1, latencyMs: 0.2 });
    expect(() => testServer({ storage })).toThrow('RocksDB needs the volume of a single task');
  });

  test('is printed at synth, with cost, region and date of the prices', () => {
    expect(messagesOf(testServer({ storage: McpStorage.choose() }))).toEqual([
      `storage is DynamoDB, about 1.48 USD a month (list prices of us-east-1, ${PRICED.date}): best for Cloud Native (FastMCP): ` +
        `the pick on AWS: durable, no network to join, paid per request [ack: ${CHOICE}]`,
    ]);
  });

  test('is kept with the construct', () => {
    const server = testServer({ storage: McpStorage.choose() });
    expect(server.node.metadata.find(({ type }) => type === CHOICE)?.data).toEqual(choicesIn(server)['Test/Server']);
  });

  test('nothing of it where the storage was not chosen so', () => {
    const server = testServer({ storage: McpStorage.dynamoDb() });
    expect(templateOf(server).toJSON().Metadata).toBeUndefined();
    expect(messagesOf(server)).toEqual([]);
  });
});

test('several servers of a stack keep a choice each, beside what the app says about its stack', () => {
  const stack = testStack();
  stack.addMetadata('Of', 'the app');
  for (const [id, workload] of Object.entries({ One: {}, Two: { environment: 'development' } })) {
    new McpServer(stack, id, {
      code: McpCode.typescript({ entry: ENTRY }),
      auth: McpAuth.iam(),
      storage: McpStorage.choose(workload),
    });
  }
  expect(templateOf(stack).toJSON().Metadata).toEqual({
    Of: 'the app',
    [CHOICE]: {
      'Test/One': expect.objectContaining({ backend: 'dynamodb' }),
      'Test/Two': expect.objectContaining({ backend: 'memory' }),
    },
  });
});

test('one object makes one table', () => {
  const storage = McpStorage.choose();
  testServer({ storage }, testStack(testApp(), 'One'));
  expect(() => testServer({ storage }, testStack(testApp(), 'Two'))).toThrow('share it with "Two/Server"');
});

describe('what cannot be chosen is an error that says what to do', () => {
  test.each<[Workload, string]>([
    [{ servers: 0 }, 'servers must be a whole number of 1 or more'],
    [{ platform: 'machine' }, 'platform "machine" is not what these constructs deploy to: leave it out'],
    [{ existing: ['dynamodb'] }, 'but not which table: use McpStorage.fromTable(table), or leave it out of existing'],
    [
      { existing: ['redis'], servers: 2 },
      'existing "redis" is the choice, but not which server: use McpStorage.fromUrl(\'rediss://…\') or McpStorage.fromCache(cache)',
    ],
    [{ existing: ['valkey'], servers: 2 }, "use McpStorage.fromUrl('valkeys://…')"],
    [
      { existing: ['memcached'], latencyMs: 1 },
      "use McpStorage.fromUrl('memcacheds://…'), or leave it out of existing",
    ],
    [{ existing: ['disk'] }, 'but not which file system: use McpStorage.fromFileSystem(fileSystem)'],
    [
      { existing: ['mongodb'] },
      "but not which cluster: use McpStorage.fromUrl('mongodb+srv://…') or McpStorage.fromCluster(",
    ],
    [
      { existing: ['elasticsearch'] },
      "use McpStorage.fromUrl('elasticsearch+https://…') or McpStorage.fromDomain(domain)",
    ],
    [{ latencyMs: 0.001 }, 'dynamodb: a read typically takes 4 ms, more than 0.001 ms → allow 4 ms'],
  ])('%j', (workload, message) => {
    expect(() => McpStorage.choose(workload)).toThrow(message);
  });
});
