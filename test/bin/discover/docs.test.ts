import { runSimulation } from '@cloud-copilot/iam-simulate';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { DISCOVER_ACTIONS } from '../../../bin/discover/actions.ts';
import { FakeAws, type FakeAccount } from './fake-aws.ts';
import { iamUser, replicationGroup, serverlessCache, storeTable, tableWith } from './fixtures.ts';

const PAGE = readFileSync(join(__dirname, '../../../docs/discover.md'), 'utf8');

/** The code between two marks of the page. */
function fenced(mark: string): string {
  const [, code] =
    new RegExp(`<!-- ${mark} -->\\s+\`\`\`\\w+\n([\\s\\S]+?)\`\`\`\\s+<!-- /${mark} -->`).exec(PAGE) ?? [];
  if (code === undefined) throw new Error(`docs/discover.md has no ${mark}`);
  return code;
}

let aws: FakeAws;
beforeAll(async () => {
  aws = await FakeAws.start();
});
afterAll(() => aws.stop());

const ACCOUNT: FakeAccount = {
  tables: [
    storeTable('weather'),
    storeTable('tokens', { timeToLive: { TimeToLiveStatus: 'DISABLED' }, DeletionProtectionEnabled: false }),
    tableWith('orders', { pk: 'S', sk: 'S' }),
    tableWith('users', { id: 'S' }),
  ],
  serverless: [serverlessCache('sessions')],
  replicationGroups: [
    replicationGroup('state'),
    replicationGroup('legacy', { UserGroupIds: [], EffectiveDurability: 'disabled' }),
  ],
  users: [iamUser()],
};

test('the page shows the output as it is', async () => {
  const { stdout, stderr } = await aws.discover(ACCOUNT);
  expect(fenced('output')).toBe(`$ npx mcp-kit discover --region eu-west-1\n${stderr}\n${stdout}`);
});

test('what it calls of a full account is every action of its list', async () => {
  await aws.discover(ACCOUNT);
  expect([...new Set(aws.calls.map(({ action }) => action))].sort()).toEqual([...DISCOVER_ACTIONS].sort());
});

interface Policy {
  readonly Statement: readonly { readonly Action: readonly string[]; readonly Resource: string }[];
}

test('the policy of the page names exactly these actions', () => {
  const { Statement } = JSON.parse(fenced('policy')) as Policy;
  expect(Statement.flatMap(({ Action }) => Action).sort()).toEqual([...DISCOVER_ACTIONS].sort());
});

test.each([
  ...DISCOVER_ACTIONS.map((action) => [action, 'Allowed'] as const),
  ...['dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateTable', 'dynamodb:DeleteTable'].map(
    (action) => [action, 'ImplicitlyDenied'] as const,
  ),
  ...['elasticache:Connect', 'elasticache:CreateUser', 'elasticache:ModifyReplicationGroup'].map(
    (action) => [action, 'ImplicitlyDenied'] as const,
  ),
])('under that policy %s is %s', async (action, result) => {
  const answer = await runSimulation(
    {
      identityPolicies: [{ name: 'reader', policy: JSON.parse(fenced('policy')) }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      request: {
        action,
        principal: 'arn:aws:iam::111122223333:role/reader',
        resource: { resource: RESOURCES[action.split(':')[1]!] ?? '*', accountId: '111122223333' },
        contextVariables: {},
      },
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(JSON.stringify(answer.errors));
  expect(answer.overallResult).toBe(result);
});

const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/weather';
const CACHES = 'arn:aws:elasticache:eu-west-1:111122223333';
/** What each call is about, for IAM; a list of tables is about all. */
const RESOURCES: Readonly<Record<string, string>> = {
  DescribeTable: TABLE,
  DescribeTimeToLive: TABLE,
  DescribeContinuousBackups: TABLE,
  GetItem: TABLE,
  Scan: TABLE,
  UpdateTable: TABLE,
  DeleteTable: TABLE,
  DescribeServerlessCaches: `${CACHES}:serverlesscache:*`,
  DescribeReplicationGroups: `${CACHES}:replicationgroup:*`,
  DescribeCacheClusters: `${CACHES}:cluster:*`,
  DescribeCacheSubnetGroups: `${CACHES}:subnetgroup:private`,
  DescribeCacheParameters: `${CACHES}:parametergroup:ours`,
  DescribeUsers: `${CACHES}:user:*`,
  Connect: `${CACHES}:replicationgroup:legacy`,
  CreateUser: `${CACHES}:user:mcp`,
  ModifyReplicationGroup: `${CACHES}:replicationgroup:legacy`,
};
