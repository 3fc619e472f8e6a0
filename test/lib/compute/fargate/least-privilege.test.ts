import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as ecr from 'aws-cdk-lib/aws-ecr';

import { FargateDeployment, McpAuth, McpCode, McpCompute } from '../../../../lib/index.ts';
import { decide } from '../../support/decide.ts';
import type { Call } from '../../support/decide.ts';
import { arn, policyOf } from '../../support/role-policy.ts';
import { ENV, silenceWarnings, templateOf, testServer, testStack } from '../../support/test-app.ts';

silenceWarnings();

const TABLE = arn('dynamodb', 'table/weather-table');
const KEYS = arn('secretsmanager', 'secret:Keys-AbCdEf');
const TOKEN = arn('secretsmanager', 'secret:Token-AbCdEf');
const LOGS = arn('logs', 'log-group:weather-logs');
const IMAGES = arn('ecr', 'repository/servers');
const OTHER_IMAGES = arn('ecr', 'repository/others');
const BALANCING = arn('elasticloadbalancing', 'x').replace(/x$/, '');
const RULE = `${BALANCING}listener-rule/app/weather/1/2/3`;
const GROUP = `${BALANCING}targetgroup/weather/1`;
const OTHER_GROUP = `${BALANCING}targetgroup/weather/2`;
const FOREIGN_GROUP = `${BALANCING}targetgroup/news/1`;

const ARNS = {
  StorageTable: TABLE,
  KeysSecret: KEYS,
  ComputeLogs: `${LOGS}:*`,
  Token: TOKEN,
  TargetsRule: RULE,
  TargetsOtherGroup: OTHER_GROUP,
  TargetsGroup: GROUP,
};

function makeStack() {
  const stack = testStack();
  const images = ecr.Repository.fromRepositoryName(stack, 'Images', 'servers');
  const token = secretsmanager.Secret.fromSecretCompleteArn(stack, 'Token', TOKEN);
  testServer(
    {
      auth: McpAuth.none(),
      code: McpCode.image({
        image: ecs.ContainerImage.fromEcrRepository(images),
        secrets: { TOKEN: ecs.Secret.fromSecretsManager(token) },
      }),
      compute: McpCompute.fargate({ deployment: FargateDeployment.blueGreen() }),
    },
    stack,
  );
  return stack;
}

const roleOf = (name: string) => policyOf(templateOf(makeStack()), name, ARNS);
const row = (key: string) => ({ 'dynamodb:LeadingKeys': [key] });

describe('the role of the code', () => {
  const policy = () => roleOf('ComputeRole');

  test.each<[string, string, Call]>([
    ['Allowed', 'reads its rows', { action: 'dynamodb:GetItem', resource: TABLE, context: row('weather__a') }],
    ['Allowed', 'writes its rows', { action: 'dynamodb:PutItem', resource: TABLE, context: row('weather__a') }],
    ['Allowed', 'fetches its keys', { action: 'secretsmanager:GetSecretValue', resource: KEYS }],
    [
      'ImplicitlyDenied',
      "reads no neighbour's row",
      { action: 'dynamodb:GetItem', resource: TABLE, context: row('n__a') },
    ],
    ['ImplicitlyDenied', 'does not scan', { action: 'dynamodb:Scan', resource: TABLE }],
    [
      'ImplicitlyDenied',
      'does not fetch what ECS fetches',
      { action: 'secretsmanager:GetSecretValue', resource: TOKEN },
    ],
    ['ImplicitlyDenied', 'pulls no image', { action: 'ecr:BatchGetImage', resource: IMAGES }],
    ['ImplicitlyDenied', 'writes no logs itself', { action: 'logs:PutLogEvents', resource: `${LOGS}:log-stream:1` }],
    ['ImplicitlyDenied', 'opens no shell', { action: 'ssmmessages:CreateControlChannel', resource: '*' }],
    [
      'ImplicitlyDenied',
      'starts no task',
      { action: 'ecs:RunTask', resource: arn('ecs', 'task-definition/weather:1') },
    ],
    [
      'ImplicitlyDenied',
      'takes no other role',
      { action: 'sts:AssumeRole', resource: `arn:aws:iam::${ENV.account}:role/admin` },
    ],
  ])('%s: %s', async (result, _name, call) => {
    await expect(decide(policy(), call)).resolves.toBe(result);
  });
});

describe('the role that starts tasks', () => {
  const policy = () => roleOf('ComputeExecutionRole');

  test.each<[string, string, Call]>([
    ['Allowed', 'signs in to the registry', { action: 'ecr:GetAuthorizationToken', resource: '*' }],
    ['Allowed', 'pulls its image', { action: 'ecr:BatchGetImage', resource: IMAGES }],
    ['Allowed', 'pulls the layers', { action: 'ecr:GetDownloadUrlForLayer', resource: IMAGES }],
    ['Allowed', 'makes a log stream', { action: 'logs:CreateLogStream', resource: `${LOGS}:log-stream:1` }],
    ['Allowed', 'writes its logs', { action: 'logs:PutLogEvents', resource: `${LOGS}:log-stream:1` }],
    ['Allowed', 'fetches the secrets of the code', { action: 'secretsmanager:GetSecretValue', resource: TOKEN }],
    ['ImplicitlyDenied', 'pulls no other image', { action: 'ecr:BatchGetImage', resource: OTHER_IMAGES }],
    ['ImplicitlyDenied', 'pushes no image', { action: 'ecr:PutImage', resource: IMAGES }],
    ['ImplicitlyDenied', 'deletes no image', { action: 'ecr:BatchDeleteImage', resource: IMAGES }],
    ['ImplicitlyDenied', 'does not fetch the keys', { action: 'secretsmanager:GetSecretValue', resource: KEYS }],
    ['ImplicitlyDenied', 'reads no rows', { action: 'dynamodb:GetItem', resource: TABLE, context: row('weather__a') }],
    ['ImplicitlyDenied', 'makes no log group', { action: 'logs:CreateLogGroup', resource: LOGS }],
    [
      'ImplicitlyDenied',
      'writes no other logs',
      { action: 'logs:PutLogEvents', resource: arn('logs', 'log-group:other:log-stream:1') },
    ],
  ])('%s: %s', async (result, _name, call) => {
    await expect(decide(policy(), call)).resolves.toBe(result);
  });
});

describe('the role that moves calls between versions', () => {
  const policy = () => roleOf('ComputeTargetsRole');
  const call = (action: string, resource: string): Call => ({ action: `elasticloadbalancing:${action}`, resource });

  test.each<[string, string, Call]>([
    ['Allowed', 'sees who is healthy', call('DescribeTargetHealth', '*')],
    ['Allowed', 'changes its rule', call('ModifyRule', RULE)],
    ['Allowed', 'puts tasks into the one group', call('RegisterTargets', GROUP)],
    ['Allowed', 'and into the other', call('DeregisterTargets', OTHER_GROUP)],
    ['ImplicitlyDenied', 'changes no other rule', call('ModifyRule', `${RULE}4`)],
    ['ImplicitlyDenied', 'puts no task elsewhere', call('RegisterTargets', FOREIGN_GROUP)],
    ['ImplicitlyDenied', 'opens no listener', call('CreateListener', `${BALANCING}loadbalancer/app/weather/1`)],
    [
      'ImplicitlyDenied',
      'deletes no load balancer',
      call('DeleteLoadBalancer', `${BALANCING}loadbalancer/app/weather/1`),
    ],
  ])('%s: %s', async (result, _name, asked) => {
    await expect(decide(policy(), asked)).resolves.toBe(result);
  });
});

test('only ECS, for tasks of this account and region, takes the roles of a task', () => {
  const trust = {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'ecs-tasks.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': '111122223333' },
            ArnLike: { 'aws:SourceArn': 'arn:aws:ecs:eu-west-1:111122223333:*' },
          },
        },
      ],
    },
  };
  const template = templateOf(makeStack());
  expect(Object.keys(template.findResources('AWS::IAM::Role', { Properties: trust }))).toEqual([
    expect.stringContaining('ComputeRole'),
    expect.stringContaining('ComputeExecutionRole'),
  ]);
});
