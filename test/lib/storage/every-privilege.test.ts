import type { Template } from 'aws-cdk-lib/assertions';
import { join } from 'node:path';

import type { McpServer } from '../../../lib/index.ts';
import { McpAuth, McpCode, McpCompute } from '../../../lib/index.ts';
import { decide } from '../support/decide.ts';
import type { Call } from '../support/decide.ts';
import { arn, policyOf } from '../support/role-policy.ts';
import type { Statement } from '../support/role-policy.ts';
import { ENV, templateOf, testServer, testStack } from '../support/test-app.ts';
import { ARNS, call, FETCH, fetching, IMAGES, KEYS, LOGS, OTHER_SECRET, STORAGES } from './iam-calls.ts';

// Each storage that is reached with IAM, on each compute that a server of either language can have: the role of the code may do
// what the runtime calls, and nothing else. TypeScript on Lambda is in the neighbouring files, storage by storage.

const FASTMCP = McpCode.fastmcp({ directory: join(__dirname, '../support/fastmcp'), app: 'server:mcp' });

const SERVERS = {
  'TypeScript on Fargate': { compute: (internet?: boolean) => McpCompute.fargate({ internet }) },
  'FastMCP on Fargate': { compute: (internet?: boolean) => McpCompute.fargate({ internet }), code: FASTMCP },
  'FastMCP on Lambda': { compute: () => McpCompute.lambda(), code: FASTMCP },
};

/** Whatever the storage is. */
const ALWAYS_ALLOWED = { 'fetch its keys': fetching(KEYS) };
const ALWAYS_DENIED = {
  'change its keys': call('secretsmanager:PutSecretValue', KEYS),
  'list secrets': call('secretsmanager:ListSecrets', '*'),
  'fetch a secret of others': fetching(OTHER_SECRET),
  'take another role': call('sts:AssumeRole', `arn:aws:iam::${ENV.account}:role/admin`),
  'write the logs of others': call('logs:PutLogEvents', arn('logs', 'log-group:other:log-stream:1')),
  'push an image': call('ecr:PutImage', IMAGES),
};

/** What a function needs, and a task does not: ECS writes its logs, and nothing of it is traced. */
const OF_FUNCTIONS = ['logs:CreateLogStream', 'logs:PutLogEvents', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
const NETWORK = [
  ...['AssignPrivateIpAddresses', 'CreateNetworkInterface', 'DeleteNetworkInterface'],
  ...['DescribeNetworkInterfaces', 'DescribeSubnets', 'UnassignPrivateIpAddresses'],
];

/** All actions of a policy, without those that several statements have. */
const actionsOf = (policy: readonly Statement[]): string[] =>
  [...new Set(policy.flatMap(({ Action }) => Action))].sort();

/** The decision about each call, by its name. */
async function decisions(policy: readonly Statement[], calls: Readonly<Record<string, Call>>) {
  const decided = Object.entries(calls).map(async ([name, asked]) => [name, await decide(policy, asked)] as const);
  return Object.fromEntries(await Promise.all(decided));
}
const all = (calls: Readonly<Record<string, Call>>, decision: string) =>
  Object.fromEntries(Object.keys(calls).map((name) => [name, decision]));

describe.each(Object.entries(SERVERS))('%s', (where, { compute, ...code }) => {
  describe.each(Object.entries(STORAGES))('on %s', (_name, kind) => {
    let server: McpServer;
    let template: Template;
    let role: readonly Statement[];
    const isFunction = where.endsWith('Lambda');

    beforeAll(() => {
      jest.spyOn(console, 'error').mockImplementation(() => undefined); // the server is open, which is told
      const stack = testStack();
      const storage = kind.storage(stack);
      server = testServer({ auth: McpAuth.none(), storage, compute: compute(kind.internet), ...code }, stack);
      template = templateOf(stack);
      role = policyOf(template, 'ComputeRole', { ...ARNS, ...kind.arns });
    });
    afterAll(() => {
      jest.restoreAllMocks();
    });

    test('the role of the code may do what the runtime calls', async () => {
      const calls = { ...kind.allowed(server), ...ALWAYS_ALLOWED };
      expect(await decisions(role, calls)).toEqual(all(calls, 'Allowed'));
    });

    test('and nothing beyond', async () => {
      const calls = { ...kind.denied(server), ...ALWAYS_DENIED };
      expect(await decisions(role, calls)).toEqual(all(calls, 'ImplicitlyDenied'));
    });

    test('no other action is in its policy', () => {
      const inNetwork = Object.keys(template.findResources('AWS::EC2::VPC')).length > 0;
      const ofLambda = [...OF_FUNCTIONS, ...(inNetwork ? NETWORK.map((name) => `ec2:${name}`) : [])];
      const expected = [...kind.actions, ...FETCH, ...(isFunction ? ofLambda : [])];
      expect(actionsOf(role)).toEqual([...new Set(expected)].sort());
    });

    if (isFunction) return;

    describe('the role that starts its tasks', () => {
      let execution: readonly Statement[];
      beforeAll(() => {
        execution = policyOf(template, 'ComputeExecutionRole', ARNS);
      });

      test('pulls its image and writes its logs, which the role of the code does not', async () => {
        const calls = {
          'sign in to the registry': call('ecr:GetAuthorizationToken', '*'),
          'pull its image': call('ecr:BatchGetImage', IMAGES),
          'write its logs': call('logs:PutLogEvents', `${LOGS}:log-stream:1`),
        };
        expect(await decisions(execution, calls)).toEqual(all(calls, 'Allowed'));
        expect(await decisions(role, calls)).toEqual(all(calls, 'ImplicitlyDenied'));
      });

      test('reaches nothing of the storage, and no keys', async () => {
        const calls = { ...kind.allowed(server), ...ALWAYS_ALLOWED, ...kind.denied(server), ...ALWAYS_DENIED };
        expect(await decisions(execution, calls)).toEqual(all(calls, 'ImplicitlyDenied'));
      });

      test('no other action is in its policy', () => {
        expect(actionsOf(execution)).toEqual([
          'ecr:BatchCheckLayerAvailability',
          'ecr:BatchGetImage',
          'ecr:GetAuthorizationToken',
          'ecr:GetDownloadUrlForLayer',
          'logs:CreateLogStream',
          'logs:PutLogEvents',
        ]);
      });
    });
  });
});
