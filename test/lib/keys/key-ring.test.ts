import { RemovalPolicy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import { KeyRing } from '../../../lib/index.ts';
import { templateOf, testApp, testServer, testStack } from '../support/test-app.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:Ring-AbCdEf';

function secretStatementsOf(template: ReturnType<typeof templateOf>): unknown[] {
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => JSON.stringify(Action).includes('secretsmanager:'));
}

test('keys are generated inside Secrets Manager: no template holds one', () => {
  const template = templateOf(new KeyRing(testStack(), 'Keys'));
  template.hasResource('AWS::SecretsManager::Secret', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      SecretString: Match.absent(),
      KmsKeyId: Match.absent(),
      GenerateSecretString: {
        SecretStringTemplate: '{}',
        GenerateStringKey: 'root',
        PasswordLength: 64,
        ExcludePunctuation: true,
      },
    },
  });
});

test('a customer key encrypts them, and the server may use it through Secrets Manager only', () => {
  const stack = testStack();
  const encryptionKey = new kms.Key(stack, 'Key');
  const keys = new KeyRing(stack, 'Ring', { encryptionKey, removalPolicy: RemovalPolicy.DESTROY });
  testServer({ keys }, stack);
  const template = templateOf(stack);
  template.hasResource('AWS::SecretsManager::Secret', {
    DeletionPolicy: 'Delete',
    Properties: { KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('Key'), 'Arn'] } },
  });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 'kms:Decrypt',
          Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
        }),
      ]),
    },
  });
});

test('a server may fetch its keys, and nothing more', () => {
  expect(secretStatementsOf(templateOf(testServer()))).toEqual([
    {
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: { Ref: expect.stringMatching('KeysSecret') },
    },
  ]);
});

describe('a secret that exists already', () => {
  test('known by its ARN: is used, and none is made', () => {
    const stack = testStack();
    const keys = KeyRing.fromSecret(secretsmanager.Secret.fromSecretCompleteArn(stack, 'Ring', ARN));
    const server = testServer({ keys }, stack);
    const template = templateOf(stack);
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { MCP_KEYS_SECRET: ARN } } });
    expect(secretStatementsOf(template)).toEqual([
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: ARN },
    ]);
    expect(server.keys).toBe(keys);
  });

  test('known by its name: the grant allows for the characters that Secrets Manager adds', () => {
    const stack = testStack();
    testServer({ keys: KeyRing.fromSecret(secretsmanager.Secret.fromSecretNameV2(stack, 'Ring', 'ring')) }, stack);
    expect(JSON.stringify(secretStatementsOf(templateOf(stack)))).toContain('secret:ring-??????');
  });
});

test('servers that share data share a ring', () => {
  const app = testApp();
  const first = testServer({}, testStack(app, 'One'));
  const second = testServer({ keys: first.keys, serverName: 'other' }, testStack(app, 'Two'));
  expect(second.keys).toBe(first.keys);
  templateOf(second).resourceCountIs('AWS::SecretsManager::Secret', 0);
});
