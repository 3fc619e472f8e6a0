import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import { McpStorage } from '../../../../lib/index.ts';
import { decide, KEY_POLICY } from '../../support/decide.ts';
import type { Call } from '../../support/decide.ts';
import { arn, policyOf } from '../../support/role-policy.ts';
import type { Statement } from '../../support/role-policy.ts';
import { templateOf, testServer, testStack } from '../../support/test-app.ts';

const SECRET = arn('secretsmanager', 'secret:Credentials-AbCdEf');
const OTHER_SECRET = arn('secretsmanager', 'secret:Other-AbCdEf');
const KEY = arn('kms', 'key/11111111-2222-3333-4444-555555555555');
const ARNS = {
  Credentials: SECRET,
  KeysSecret: arn('secretsmanager', 'secret:Keys-AbCdEf'),
  ComputeLogs: arn('logs', 'log-group:weather'),
  Customer: KEY,
};
const through = (service: string) => ({ 'kms:ViaService': `${service}.eu-west-1.amazonaws.com` });
const fetch = (resource: string): Call => ({ action: 'secretsmanager:GetSecretValue', resource });
const decideOf = (role: readonly Statement[], call: Call) =>
  decide(role, call, call.resource === KEY ? KEY_POLICY : undefined);

describe('the role of a server on a store that a URL names', () => {
  const stack = testStack();
  const encryptionKey = new kms.Key(stack, 'Customer');
  const credentials = new secretsmanager.Secret(stack, 'Credentials', { encryptionKey });
  testServer({ storage: McpStorage.fromUrl('rediss://cache.example.com', { credentials }) }, stack);
  const role = policyOf(templateOf(stack), 'ComputeRole', ARNS);

  test.each<[string, Call]>([
    ['fetches the credentials', fetch(SECRET)],
    [
      'uses their key through Secrets Manager',
      { action: 'kms:Decrypt', resource: KEY, context: through('secretsmanager') },
    ],
  ])('%s', async (_name, call) => {
    await expect(decideOf(role, call)).resolves.toBe('Allowed');
  });

  test.each<[string, Call]>([
    ['fetches no other secret', fetch(OTHER_SECRET)],
    ['changes nothing of them', { action: 'secretsmanager:PutSecretValue', resource: SECRET }],
    ['describes them not', { action: 'secretsmanager:DescribeSecret', resource: SECRET }],
    ['deletes them not', { action: 'secretsmanager:DeleteSecret', resource: SECRET }],
    ['uses their key through nothing else', { action: 'kms:Decrypt', resource: KEY, context: through('s3') }],
    ['encrypts nothing', { action: 'kms:Encrypt', resource: KEY, context: through('secretsmanager') }],
    [
      'connects to no cache of ElastiCache',
      { action: 'elasticache:Connect', resource: arn('elasticache', 'user:any') },
    ],
  ])('%s', async (_name, call) => {
    await expect(decideOf(role, call)).resolves.toBe('ImplicitlyDenied');
  });
});

describe('credentials that are imported by a part of their ARN', () => {
  const stack = testStack();
  const credentials = secretsmanager.Secret.fromSecretPartialArn(
    stack,
    'Imported',
    arn('secretsmanager', 'secret:Credentials'),
  );
  testServer({ storage: McpStorage.fromUrl('mongodb+srv://cluster.example.com/weather', { credentials }) }, stack);
  const role = policyOf(templateOf(stack), 'ComputeRole', ARNS);

  test.each([
    ['are fetched', SECRET, 'Allowed'],
    [
      'open no secret with a longer name',
      arn('secretsmanager', 'secret:Credentials-of-others-AbCdEf'),
      'ImplicitlyDenied',
    ],
    ['open no other', OTHER_SECRET, 'ImplicitlyDenied'],
  ])('%s', async (_name, resource, result) => {
    await expect(decideOf(role, fetch(resource))).resolves.toBe(result);
  });
});

test('a store that lets everybody in adds no secret', async () => {
  const server = testServer({ storage: McpStorage.fromUrl('rediss://cache.example.com') });
  const role = policyOf(templateOf(server), 'ComputeRole', ARNS);
  await expect(decideOf(role, fetch(ARNS.KeysSecret))).resolves.toBe('Allowed');
  await expect(decideOf(role, fetch(SECRET))).resolves.toBe('ImplicitlyDenied');
});
