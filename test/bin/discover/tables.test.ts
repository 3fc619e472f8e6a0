import { FakeAws, type FakeTable } from './fake-aws.ts';
import { storeTable, tableWith } from './fixtures.ts';

let aws: FakeAws;
beforeAll(async () => {
  aws = await FakeAws.start();
});
afterAll(() => aws.stop());

test('a table of the kit is ready, with the line to paste', async () => {
  const { code, stdout, stderr } = await aws.discover({ tables: [storeTable('weather')] });
  expect(code).toBe(0);
  expect(stdout).toBe(`In eu-west-1, account 111122223333:

DynamoDB table weather: ready for a cache and OAuth state
  storage: McpStorage.fromTable(dynamodb.TableV2.fromTableName(this, 'Table', 'weather')),

The code is for the properties of McpServer, in a stack of eu-west-1:
  import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
  import { McpStorage } from 'cdk-mcp-kit';
`);
  expect(stderr).toBe('listing tables and caches in eu-west-1 …\nlooking at 1 table …\n');
});

const CLI = 'aws dynamodb update-time-to-live --table-name t --time-to-live-specification';

test.each<[string, Partial<FakeTable>, string]>([
  [
    'no time to live',
    { timeToLive: { TimeToLiveStatus: 'DISABLED' } },
    `  lacks: time to live is off: what expires is never deleted
    → ${CLI} Enabled=true,AttributeName=ttl --region eu-west-1
`,
  ],
  [
    'time to live that is being turned off',
    { timeToLive: { TimeToLiveStatus: 'DISABLING', AttributeName: 'ttl' } },
    '  lacks: time to live is off: what expires is never deleted\n',
  ],
  [
    'another attribute',
    { timeToLive: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' } },
    `  lacks: time to live reads the attribute expires instead of ttl
    → ${CLI} Enabled=false,AttributeName=expires --region eu-west-1
    → wait an hour
    → ${CLI} Enabled=true,AttributeName=ttl --region eu-west-1
`,
  ],
  ['a table in the making', { TableStatus: 'CREATING' }, '  lacks: it is CREATING\n    → wait until it is ACTIVE\n'],
  ['a key that is gone', { TableStatus: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' }, '  lacks: it is INACCESSIBLE_'],
])('%s is a lack', async (_name, changes, told) => {
  const { code, stdout } = await aws.discover({ tables: [storeTable('t', changes)] });
  expect(code).toBe(1);
  expect(stdout).toContain('DynamoDB table t: not ready for a cache, nor for OAuth state\n');
  expect(stdout).toContain(told);
});

test.each<[string, Partial<FakeTable>, string]>([
  ['time to live that is being turned on', { timeToLive: { TimeToLiveStatus: 'ENABLING', AttributeName: 'ttl' } }, ''],
  ['an update', { TableStatus: 'UPDATING' }, ''],
  [
    'no recovery',
    { recovery: { PointInTimeRecoveryStatus: 'DISABLED' } },
    `  advice: point-in-time recovery is off
    → aws dynamodb update-continuous-backups --table-name t --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true --region eu-west-1
`,
  ],
  [
    'no protection',
    { DeletionProtectionEnabled: false },
    '  advice: deletion protection is off\n    → aws dynamodb update-table --table-name t --deletion-protection-enabled --region eu-west-1\n',
  ],
  [
    'replicas that agree later',
    { Replicas: [{ RegionName: 'us-east-1' }], MultiRegionConsistency: 'EVENTUAL' },
    '  advice: it is replicated to us-east-1: keep OAuth state of a server in one region',
  ],
  [
    'provisioned capacity',
    { BillingModeSummary: undefined, ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 2 } },
    '  advice: its capacity is 5 reads and 2 writes per second; more is throttled\n',
  ],
])('%s keeps a table from nothing', async (_name, changes, told) => {
  const { code, stdout } = await aws.discover({ tables: [storeTable('t', changes)] });
  expect(code).toBe(0);
  expect(stdout).toContain('DynamoDB table t: ready for a cache and OAuth state\n');
  expect(stdout).not.toContain('lacks');
  expect(stdout.includes('advice')).toBe(told !== '');
  expect(stdout).toContain(told);
});

test('a key of the account in KMS is named, so that the server is granted it', async () => {
  const KMSMasterKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';
  const { stdout } = await aws.discover({ tables: [storeTable('t', { SSEDescription: { KMSMasterKeyArn } })] });
  expect(stdout).toContain(
    `McpStorage.fromTable(dynamodb.TableV2.fromTableAttributes(this, 'Table', { tableName: 't', encryptionKey: kms.Key.fromKeyArn(this, 'Key', '${KMSMasterKeyArn}') })),`,
  );
});

test('keys that were meant to fit are explained, others are counted, and asked nothing more', async () => {
  const tables = [
    tableWith('orders', { pk: 'S', sk: 'S' }),
    tableWith('half', { collection: 'S' }),
    tableWith('binary', { collection: 'S', key: 'B' }),
    tableWith('turned', { key: 'S', collection: 'S' }),
  ];
  const { code, stdout } = await aws.discover({ tables });
  expect(code).toBe(1);
  expect(stdout).toContain(
    '  lacks: its keys are collection S instead of collection S, key S\n    → keys cannot be changed: make another table, with McpStorage.dynamoDb() or new McpTable(…)\n',
  );
  expect(stdout).toContain('DynamoDB table binary: not ready');
  expect(stdout).toContain(
    '2 tables have other keys than collection S, key S, and cannot serve: their names with --all.',
  );
  expect(stdout).not.toMatch(/orders|turned|storage: /);
  expect(aws.calls.map(({ action }) => action)).not.toContain('dynamodb:DescribeTimeToLive');

  const all = await aws.discover({ tables }, '--all');
  expect(all.stdout).toContain('and cannot serve:\n  orders (pk S, sk S)\n  turned (key S, collection S)\n');
});

test('every page is read, up to the limit, which is told', async () => {
  const tables = Array.from({ length: 250 }, (_, index) => storeTable(`t${String(index).padStart(3, '0')}`));
  const named = (stdout: string) => [...stdout.matchAll(/^DynamoDB table (\w+): ready/gm)].length;

  const whole = await aws.discover({ tables }, '--limit', '250');
  expect(named(whole.stdout)).toBe(250);
  expect(whole.stdout).not.toContain('--limit');
  expect(aws.calls.filter(({ action }) => action === 'dynamodb:ListTables')).toHaveLength(3);

  const cut = await aws.discover({ tables, page: 7 }, '--limit', '20');
  expect(named(cut.stdout)).toBe(20);
  expect(cut.stdout).toContain('Looked at the first 20 tables only: more with --limit.');
  expect(aws.calls.filter(({ action }) => action === 'dynamodb:DescribeTable')).toHaveLength(20);
  expect((await aws.discover({ tables: [tableWith('a', { id: 'S' }), ...tables] }, '--limit', '1')).code).toBe(3);
});

test('--json has all of it', async () => {
  const { stdout } = await aws.discover({ tables: [storeTable('t'), tableWith('orders', { pk: 'S' })] }, '--json');
  expect(JSON.parse(stdout)).toEqual({
    region: 'eu-west-1',
    account: '111122223333',
    findings: [
      {
        kind: 'DynamoDB table',
        name: 't',
        lacks: [],
        unknown: [],
        advice: [],
        code: "storage: McpStorage.fromTable(dynamodb.TableV2.fromTableName(this, 'Table', 't')),",
        verdict: { cache: 'ready', oauth: 'ready' },
      },
    ],
    otherTables: [{ name: 'orders', keys: 'pk S' }],
    notLooked: [],
    bounded: [],
  });
});
