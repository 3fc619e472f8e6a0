import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';

import { KeyRing, McpStorage } from '../../lib/index.ts';
import { decide, KEY_POLICY } from './support/decide.ts';
import type { Call } from './support/decide.ts';
import { arn, policyOf } from './support/role-policy.ts';
import type { Statement } from './support/role-policy.ts';
import { ENV, templateOf, testServer, testStack } from './support/test-app.ts';

const TABLE = arn('dynamodb', 'table/weather-table');
const OTHER_TABLE = arn('dynamodb', 'table/other-table');
const SECRET = arn('secretsmanager', 'secret:Keys-AbCdEf');
const OTHER_SECRET = arn('secretsmanager', 'secret:Other-AbCdEf');
const LOGS = arn('logs', 'log-group:weather-logs');
const FUNCTION = arn('lambda', 'function:weather');
const KEY = arn('kms', 'key/11111111-2222-3333-4444-555555555555');

/** A role's call; the key has the policy that lets IAM decide. */
const decideOf = (role: readonly Statement[], call: Call) =>
  decide(role, call, call.resource === KEY ? KEY_POLICY : undefined);

/** The rows that a call touches, as DynamoDB tells IAM. */
const rows = (...keys: string[]) => ({ 'dynamodb:LeadingKeys': keys });
const onTable = (action: string, context?: Record<string, string[]>, resource = TABLE): Call => ({
  action: `dynamodb:${action}`,
  resource,
  context,
});

describe('the role of a server', () => {
  const stack = testStack();
  const key = new kms.Key(stack, 'Customer');
  testServer(
    {
      storage: McpStorage.dynamoDb({ encryptionKey: key }),
      keys: new KeyRing(stack, 'Keys', { encryptionKey: key }),
    },
    stack,
  );
  const role = policyOf(templateOf(stack), 'ComputeRole', {
    StorageTable: TABLE,
    KeysSecret: SECRET,
    ComputeLogs: `${LOGS}:*`,
    Customer: KEY,
  });

  test.each<[string, Call]>([
    ['reads a row of its own', onTable('GetItem', rows('weather__places'))],
    ['reads several rows of its own', onTable('BatchGetItem', rows('weather__places', 'weather__other'))],
    ['writes a row of its own', onTable('PutItem', rows('weather__places'))],
    ['changes a row of its own', onTable('UpdateItem', rows('weather__places'))],
    ['deletes a row of its own', onTable('DeleteItem', rows('weather__places'))],
    ['writes several rows of its own', onTable('BatchWriteItem', rows('weather__places', 'weather__other'))],
    ['fetches its keys', { action: 'secretsmanager:GetSecretValue', resource: SECRET }],
    ['writes its logs', { action: 'logs:PutLogEvents', resource: `${LOGS}:log-stream:1` }],
    ['traces', { action: 'xray:PutTraceSegments', resource: '*' }],
    [
      'uses its key through DynamoDB',
      { action: 'kms:Decrypt', resource: KEY, context: { 'kms:ViaService': 'dynamodb.eu-west-1.amazonaws.com' } },
    ],
    [
      'uses its key through Secrets Manager',
      { action: 'kms:Decrypt', resource: KEY, context: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
    ],
  ])('%s', async (_name, call) => {
    await expect(decideOf(role, call)).resolves.toBe('Allowed');
  });

  test.each<[string, Call]>([
    ["reads no neighbour's row", onTable('GetItem', rows('news__places'))],
    ['reads no row of a neighbour whose name begins like its own', onTable('GetItem', rows('weather2__places'))],
    ["reads no neighbour's row among its own", onTable('BatchGetItem', rows('weather__places', 'news__places'))],
    ["writes no neighbour's row", onTable('PutItem', rows('news__places'))],
    ["deletes no neighbour's row among its own", onTable('BatchWriteItem', rows('weather__a', 'news__a'))],
    ['reads no row outside of every namespace', onTable('GetItem', rows('default_collection'))],
    ['makes no call that names no row', onTable('GetItem')],
    ['does not scan', onTable('Scan')],
    ['does not scan what looks like its own', onTable('Scan', rows('weather__places'))],
    ['does not query, its own rows either', onTable('Query', rows('weather__places'))],
    ['does not query with SQL', onTable('PartiQLSelect', rows('weather__places'))],
    ['does not delete the table', onTable('DeleteTable')],
    ['does not change the table', onTable('UpdateTable')],
    ['does not switch expiry off', onTable('UpdateTimeToLive')],
    ['does not describe the table', onTable('DescribeTable')],
    ['does not export the table', onTable('ExportTableToPointInTime')],
    ['reads no other table', onTable('GetItem', rows('weather__places'), OTHER_TABLE)],
    ['reads no index', onTable('GetItem', rows('weather__places'), `${TABLE}/index/i`)],
    ['does not change its keys', { action: 'secretsmanager:PutSecretValue', resource: SECRET }],
    ['does not describe its keys', { action: 'secretsmanager:DescribeSecret', resource: SECRET }],
    ['does not delete its keys', { action: 'secretsmanager:DeleteSecret', resource: SECRET }],
    ['fetches no other secret', { action: 'secretsmanager:GetSecretValue', resource: OTHER_SECRET }],
    ['writes no other logs', { action: 'logs:PutLogEvents', resource: arn('logs', 'log-group:other:log-stream:1') }],
    ['reads no logs', { action: 'logs:GetLogEvents', resource: `${LOGS}:log-stream:1` }],
    ['makes no log group', { action: 'logs:CreateLogGroup', resource: LOGS }],
    ['uses its key through nothing else', { action: 'kms:Decrypt', resource: KEY }],
    ['does not call itself', { action: 'lambda:InvokeFunction', resource: FUNCTION }],
    ['takes no other role', { action: 'sts:AssumeRole', resource: `arn:aws:iam::${ENV.account}:role/admin` }],
  ])('%s', async (_name, call) => {
    await expect(decideOf(role, call)).resolves.toBe('ImplicitlyDenied');
  });
});

describe('the role of a caller', () => {
  const stack = testStack();
  const caller = new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountPrincipal(ENV.account) });
  testServer({}, stack).grants.invoke(caller);
  const role = policyOf(templateOf(stack), 'Caller', { ComputeFunction: FUNCTION });

  test.each<[string, string, Call]>([
    [
      'calls the URL',
      'Allowed',
      { action: 'lambda:InvokeFunctionUrl', resource: FUNCTION, context: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
    ],
    [
      'calls the function through the URL',
      'Allowed',
      { action: 'lambda:InvokeFunction', resource: FUNCTION, context: { 'lambda:InvokedViaFunctionUrl': 'true' } },
    ],
    [
      'does not call the function past the URL',
      'ImplicitlyDenied',
      { action: 'lambda:InvokeFunction', resource: FUNCTION },
    ],
    [
      'calls no other function',
      'ImplicitlyDenied',
      {
        action: 'lambda:InvokeFunction',
        resource: `${FUNCTION}2`,
        context: { 'lambda:InvokedViaFunctionUrl': 'true' },
      },
    ],
    ['does not change the function', 'ImplicitlyDenied', { action: 'lambda:UpdateFunctionCode', resource: FUNCTION }],
    ['reads no row', 'ImplicitlyDenied', onTable('GetItem', rows('weather__places'))],
  ])('%s', async (_name, result, call) => {
    await expect(decideOf(role, call)).resolves.toBe(result);
  });
});
