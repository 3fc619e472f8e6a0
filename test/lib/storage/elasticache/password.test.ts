import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runtimeFunctionCode } from '../../../../lib/code/runtime-function-code.ts';
import { CacheAccess, McpStorage } from '../../../../lib/index.ts';
import type { CachePasswordProps } from '../../../../lib/index.ts';
import { decide } from '../../support/decide.ts';
import { arn, policyOf } from '../../support/role-policy.ts';
import { ENV, templateOf, testServer, testStack } from '../../support/test-app.ts';
import { storeUrlOf } from './support.ts';

const withPassword = (props: CachePasswordProps = {}) => McpStorage.valkey({ access: CacheAccess.password(props) });

describe('a password', () => {
  const template = templateOf(testServer({ storage: withPassword() }));

  test('is made in Secrets Manager, for the user of the server', () => {
    template.hasResource('AWS::SecretsManager::Secret', {
      DeletionPolicy: 'Delete',
      Properties: {
        GenerateSecretString: {
          SecretStringTemplate: Match.stringLikeRegexp('^\\{"username":"weather-[0-9a-f]{8}"\\}$'),
          GenerateStringKey: 'password',
          PasswordLength: 64,
          ExcludePunctuation: true,
        },
      },
    });
  });

  test('is in no template: CloudFormation fetches it when it makes the user', () => {
    template.hasResourceProperties('AWS::ElastiCache::User', {
      AuthenticationMode: {
        Type: 'password',
        Passwords: [
          {
            'Fn::Join': [
              '',
              [
                '{{resolve:secretsmanager:',
                { Ref: Match.stringLikeRegexp('PasswordSecret') },
                ':SecretString:password::}}',
              ],
            ],
          },
        ],
      },
      AccessString: Match.stringLikeRegexp('^on ~weather__\\* -@all '),
    });
  });

  test('is named by the URL, which names no user: the secret does', () => {
    expect(storeUrlOf(template)).toMatch(
      /^valkeys:\/\/\{Storage\.Endpoint\.Address\}:6379\/0\?secret=\{StorageUsersOfweatherPasswordSecret\}&cluster=true$/,
    );
  });

  test('is not rotated unless that is asked for', () => {
    template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 0);
    template.resourceCountIs('AWS::Lambda::Function', 1);
  });
});

describe('a password that is rotated', () => {
  const stack = testStack();
  const encryptionKey = new kms.Key(stack, 'Customer');
  testServer({ storage: withPassword({ rotateAfter: Duration.days(30), encryptionKey }) }, stack);
  const template = templateOf(stack);
  const SECRET = arn('secretsmanager', 'secret:Password-AbCdEf');
  const KEY = arn('kms', 'key/11111111-2222-3333-4444-555555555555');
  const role = policyOf(template, 'PasswordRotationRole', {
    PasswordSecret: SECRET,
    RotationLogs: arn('logs', 'log-group:rotation'),
    Customer: KEY,
  });
  const [user] = Object.values(template.findResources('AWS::ElastiCache::User'));
  const USER = arn('elasticache', `user:${user?.Properties.UserId as string}`);

  test('is replaced every so many days, the first time after them, when its user is there', () => {
    template.hasResource('AWS::SecretsManager::RotationSchedule', {
      Properties: {
        SecretId: { Ref: Match.stringLikeRegexp('PasswordSecret') },
        RotationLambdaARN: { 'Fn::GetAtt': [Match.stringLikeRegexp('RotationFunction'), 'Arn'] },
        RotationRules: { AutomaticallyAfterDays: 30 },
        RotateImmediatelyOnUpdate: false,
      },
      DependsOn: Match.arrayWith([
        Match.stringLikeRegexp('RotationFunctionSecretsManager'),
        Match.stringLikeRegexp('RotationRoleDefaultPolicy'),
        Match.stringLikeRegexp('Users.*weather[0-9A-F]{8}$'),
      ]),
    });
  });

  test('by a function in no network, which Secrets Manager of this account may call', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('^Rotates'),
      Timeout: 600,
      VpcConfig: Match.absent(),
      Environment: Match.absent(),
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: ENV.account,
    });
  });

  test.each<[string, string]>([
    ['secretsmanager:GetSecretValue', SECRET],
    ['secretsmanager:PutSecretValue', SECRET],
    ['secretsmanager:DescribeSecret', SECRET],
    ['secretsmanager:UpdateSecretVersionStage', SECRET],
    ['secretsmanager:GetRandomPassword', '*'],
    ['elasticache:DescribeUsers', USER],
    ['elasticache:ModifyUser', USER],
  ])('the function may %s', async (action, resource) => {
    await expect(decide(role, { action, resource })).resolves.toBe('Allowed');
  });

  test.each<[string, string]>([
    ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:Keys-AbCdEf')],
    ['secretsmanager:DeleteSecret', SECRET],
    ['elasticache:ModifyUser', arn('elasticache', 'user:default')],
    ['elasticache:DeleteUser', USER],
    ['elasticache:CreateUser', USER],
    ['elasticache:Connect', USER],
    ['kms:Decrypt', KEY],
  ])('but not %s on %s', async (action, resource) => {
    await expect(decide(role, { action, resource })).resolves.toBe('ImplicitlyDenied');
  });
});

test.each([
  [Duration.days(0), 'rotateAfter must be a whole number of days, 1 to 1000, got 0'],
  [Duration.days(1001), 'rotateAfter must be a whole number of days'],
  [Duration.hours(36), 'rotateAfter must be a whole number of days, 1 to 1000, got 1.5'],
])('rotation after %s is refused', (rotateAfter, message) => {
  expect(() => CacheAccess.password({ rotateAfter })).toThrow(message);
});

test('the function that is deployed is one file, which exports its handler and brings no AWS SDK', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'rotation-'));
  try {
    const app = new App({ outdir });
    const stack = new Stack(app, 'Stack');
    runtimeFunctionCode(stack, 'rotation/cache-password-handler').bind(stack);
    app.synth();
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
    const [folder = ''] = readdirSync(outdir).filter((name) => /^asset\.[0-9a-f]{64}$/.test(name));
    expect(readdirSync(join(outdir, folder))).toEqual(['index.mjs']);
    const text = readFileSync(join(outdir, folder, 'index.mjs'), 'utf8');
    expect(text).toMatch(/export\{\w+ as handler\}/);
    expect(text).toContain('from"@aws-sdk/client-elasticache"');
    expect(text.length).toBeLessThan(8000);
  } finally {
    rmSync(outdir, { recursive: true });
  }
});
