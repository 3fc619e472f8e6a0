import fc from 'fast-check';

import { DISCOVER_ACTIONS } from '../../../bin/discover/actions.ts';
import { UsageError } from '../../../bin/usage-error.ts';
import { FakeAws, type FakeAccount, type FakeFault } from './fake-aws.ts';
import { iamUser, replicationGroup, serverlessCache, storeTable, tableWith } from './fixtures.ts';

let aws: FakeAws;
beforeAll(async () => {
  aws = await FakeAws.start();
});
afterAll(() => aws.stop());

const DENIED = {
  status: 400,
  code: 'AccessDeniedException',
  message: 'User: arn:aws:iam::111122223333:user/x is not authorized to perform: that',
};

/** A fault of one call; the names of some tables may be given, too. */
function on(action: string, fault: FakeFault | 'hang', ...resources: string[]): FakeAccount['fault'] {
  return (called, resource) =>
    called === action && (resources.length === 0 || resources.includes(resource)) ? fault : undefined;
}

const FULL: FakeAccount = {
  tables: [storeTable('a'), storeTable('b'), tableWith('orders', { pk: 'S' })],
  serverless: [serverlessCache('s')],
  replicationGroups: [replicationGroup('rg')],
  clusters: [{ CacheClusterId: 'mc', Engine: 'memcached', CacheClusterStatus: 'available' }],
  users: [iamUser()],
};

test('an empty account', async () => {
  const { code, stdout } = await aws.discover({});
  expect(code).toBe(1);
  expect(stdout).toBe(`In eu-west-1:

There is no table and no cache. Nothing here can serve.
To make a table: storage: McpStorage.dynamoDb(), or ask mcp-kit choose what suits.
`);
});

test('one table denied does not hide the others', async () => {
  const fault = on('dynamodb:DescribeTable', DENIED, 'a');
  const { code, stdout } = await aws.discover({ ...FULL, fault });
  expect(code).toBe(0);
  expect(stdout).toContain('DynamoDB table b: ready for a cache and OAuth state\n');
  expect(stdout).toContain('\nNot allowed to look: dynamodb:DescribeTable on a.\n');
});

test('what is denied and decides is unknown', async () => {
  const ttl = await aws.discover({ tables: [storeTable('a')], fault: on('dynamodb:DescribeTimeToLive', DENIED) });
  expect(ttl.code).toBe(3);
  expect(ttl.stdout).toContain('DynamoDB table a: perhaps ready for a cache and OAuth state\n');
  expect(ttl.stdout).toContain('  unknown: whether time to live is on\n');

  const users = { status: 403, code: 'AccessDenied', message: 'not authorized, with an explicit deny in a policy' };
  const rg = await aws.discover({
    replicationGroups: [replicationGroup('rg')],
    fault: on('elasticache:DescribeUsers', users),
  });
  expect(rg.code).toBe(3);
  expect(rg.stdout).toContain('  unknown: whether its user group servers has a user for IAM\n');
  expect(rg.stdout).toContain('Not allowed (an explicit deny) to look: elasticache:DescribeUsers.\n');
});

test('of nodes, what their parameters are decides about OAuth state only', async () => {
  const account = { replicationGroups: [replicationGroup('rg')], users: [iamUser()] };
  const denied = { status: 403, code: 'AccessDenied' };
  const { code, stdout } = await aws.discover({
    ...account,
    fault: on('elasticache:DescribeCacheParameters', denied),
  });
  expect(code).toBe(0);
  expect(stdout).toContain('rg: ready for a cache, perhaps ready for OAuth state\n');
  expect(stdout).toContain('  for OAuth state unknown: whether it evicts when its memory is full\n');
  expect(stdout).not.toContain('durable: true');

  const nodes = await aws.discover({ ...account, fault: on('elasticache:DescribeCacheClusters', denied) });
  expect(nodes.stdout).toContain('Not allowed to look: elasticache:DescribeCacheClusters on rg-001.\n');
  expect(nodes.stdout).toContain("vpcId: 'vpc-OF-ITS-SUBNETS'");
});

test('what is denied and does not decide is left out', async () => {
  const fault = on('dynamodb:DescribeContinuousBackups', DENIED);
  const { code, stdout } = await aws.discover({ tables: [storeTable('a')], fault });
  expect(code).toBe(0);
  expect(stdout).not.toContain('point-in-time');
  expect(stdout).toContain('Not allowed to look: dynamodb:DescribeContinuousBackups on a.');
});

test('no permission at all: each call is named once, on one line', async () => {
  const { code, stdout } = await aws.discover({ ...FULL, fault: () => DENIED });
  expect(code).toBe(3);
  expect(stdout).toContain('Nothing that can serve was found, but not everything was looked at.');
  const line = stdout.split('\n').find((text) => text.startsWith('Not allowed to look: '))!;
  for (const action of DISCOVER_ACTIONS.filter((name) => /List|Serverless|Replication|Clusters/.test(name))) {
    expect(line.split(action)).toHaveLength(2);
  }
});

test('many that are denied are counted', async () => {
  const tables = Array.from({ length: 12 }, (_, index) => storeTable(`t${index + 10}`));
  const { stdout } = await aws.discover({ tables, fault: on('dynamodb:DescribeTable', DENIED) });
  expect(stdout).toContain('Not allowed to look: dynamodb:DescribeTable on t10, t11, t12 and 9 more.');
});

test.each([
  [{ status: 400, code: 'ThrottlingException', message: 'Rate exceeded' }, 'throttled 3 times; try again later'],
  [{ status: 400, code: 'UnknownOperationException' }, 'not known to the service that answered'],
  [{ status: 500, code: 'InternalServerError', message: 'a\n\u001B[2Jb' }, 'InternalServerError: a [2Jb'],
  [{ status: 400, code: 'ResourceNotFoundException', message: 'gone' }, 'ResourceNotFoundException: gone'],
])('%j of one call is told and hides nothing', async (fault, told) => {
  const { code, stdout } = await aws.discover({ ...FULL, fault: on('dynamodb:DescribeTable', fault, 'a') });
  expect(code).toBe(0);
  expect(stdout).toContain(`Could not look (${told}): dynamodb:DescribeTable on a.\n`);
});

test('a page that fails keeps what came before it', async () => {
  let pages = 0;
  const fault = (action: string) => (action === 'dynamodb:ListTables' && pages++ === 1 ? DENIED : undefined);
  const { stdout } = await aws.discover({ tables: [storeTable('a'), storeTable('b')], page: 1, fault });
  expect(stdout).toContain('DynamoDB table a: ready');
  expect(stdout).toContain('Not allowed to look: dynamodb:ListTables.');
});

test.each(['dynamodb:DescribeTable', 'elasticache:DescribeUsers', 'dynamodb:ListTables'])(
  'a service that never answers %s: it stops, and tells what it has',
  async (action) => {
    const { stdout } = await aws.discover({ ...FULL, fault: on(action, 'hang') }, '--timeout', '1');
    expect(stdout).toMatch(new RegExp(`Could not look \\(stopped after 1 s\\): .*${action}`));
    expect(stdout).toContain('Memcached cluster mc');
  },
);

test.each([
  [{ status: 400, code: 'ExpiredTokenException' }, 'the AWS credentials have expired: sign in again'],
  [{ status: 403, code: 'ExpiredToken' }, 'the AWS credentials have expired: sign in again'],
  [{ status: 400, code: 'UnrecognizedClientException' }, 'AWS does not accept these credentials (UnrecognizedClient'],
  [{ status: 403, code: 'InvalidClientTokenId' }, 'that the region eu-west-1 is enabled for the account'],
  [{ status: 403, code: 'SignatureDoesNotMatch', message: 'very-secret' }, 'check the clock of this machine'],
])('%j ends it', async (fault, message) => {
  const ended = aws.discover({ ...FULL, fault: () => fault });
  await expect(ended).rejects.toThrow(UsageError);
  await expect(ended).rejects.toThrow(message);
  await expect(ended).rejects.not.toThrow('very-secret');
});

interface Told {
  readonly findings: readonly { readonly verdict: Readonly<Record<string, string>> }[];
  readonly notLooked: readonly unknown[];
  readonly bounded: readonly unknown[];
  readonly otherTables: readonly unknown[];
}

test('whatever an account holds and whatever fails: it only reads, names no secret, and always answers', async () => {
  const kinds = fc.constantFrom('S' as const, 'N' as const, 'B' as const);
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{2,12}$/), { maxLength: 8 });
  const tables = names.chain((list) =>
    fc.tuple(
      ...list.map((name) =>
        fc.oneof(
          fc.record({ ttl: fc.constantFrom('ttl', 'other'), on: fc.boolean() }).map(({ ttl, on: enabled }) =>
            storeTable(name, {
              timeToLive: { TimeToLiveStatus: enabled ? 'ENABLED' : 'DISABLED', AttributeName: ttl },
            }),
          ),
          fc.tuple(kinds, kinds).map(([one, two]) => tableWith(name, { collection: one, key: two })),
          kinds.map((kind) => tableWith(name, { id: kind })),
        ),
      ),
    ),
  );
  const faults = fc.constantFrom<FakeFault | undefined>(
    undefined,
    DENIED,
    { status: 400, code: 'ResourceNotFoundException' },
    { status: 400, code: 'ValidationException', message: 'no' },
  );
  const account = fc.record({
    tables,
    page: fc.integer({ min: 1, max: 5 }),
    serverless: fc.array(
      fc.constantFrom('valkey', 'redis', 'memcached').map((Engine) => serverlessCache('s', { Engine })),
      { maxLength: 3 },
    ),
    replicationGroups: fc.array(
      fc
        .record({
          TransitEncryptionEnabled: fc.boolean(),
          EffectiveDurability: fc.constantFrom('sync' as const, 'async' as const, 'disabled' as const, undefined),
          UserGroupIds: fc.constantFrom<string[] | undefined>(['servers'], [], undefined),
        })
        .map((changes) => replicationGroup('rg', changes)),
      { maxLength: 3 },
    ),
    users: fc.array(fc.constant(iamUser()), { maxLength: 3 }),
    fault: fc.dictionary(fc.constantFrom(...DISCOVER_ACTIONS), faults).map((of) => (action: string) => of[action]),
  });
  await fc.assert(
    fc.asyncProperty(account, fc.integer({ min: 1, max: 9 }), async (held, limit) => {
      const { code, stdout, stderr } = await aws.discover(held, '--limit', `${limit}`, '--json');
      for (const { action } of aws.calls) expect(DISCOVER_ACTIONS).toContain(action);
      for (const { action } of aws.calls) expect(action).toMatch(/:(?:Describe|List)[A-Z]/);
      expect(stdout + stderr).not.toContain('very-secret');
      const { findings, notLooked, otherTables, bounded } = JSON.parse(stdout) as Told;
      const ready = findings.some(({ verdict }) => Object.values(verdict).includes('ready'));
      expect(code).toBe(ready ? 0 : notLooked.length + bounded.length > 0 ? 3 : 1);
      expect(findings.length + otherTables.length).toBeLessThanOrEqual(3 * limit);
    }),
    { numRuns: 150 },
  );
}, 60_000);
