import type { Stack } from 'aws-cdk-lib';
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

  test.each<[string, (stack: Stack) => secretsmanager.ISecret]>([
    ['by its name', (stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'Ring', 'Ring')],
    [
      'by its ARN without the end',
      (stack) => secretsmanager.Secret.fromSecretPartialArn(stack, 'Ring', ARN.slice(0, -7)),
    ],
  ])('known %s: the grant allows for the six characters that Secrets Manager adds, and for no more', (_name, ring) => {
    const stack = testStack();
    testServer({ keys: KeyRing.fromSecret(ring(stack)) }, stack);
    const statements = JSON.stringify(secretStatementsOf(templateOf(stack)));
    expect(statements).toContain('secret:Ring-??????"');
    expect(statements).not.toContain('*');
  });

  test('with a customer key, in another region: its key may be used through Secrets Manager there', () => {
    const stack = testStack();
    const secretCompleteArn = ARN.replace('eu-west-1', 'us-east-1');
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/k');
    const ring = secretsmanager.Secret.fromSecretAttributes(stack, 'Ring', { secretCompleteArn, encryptionKey });
    testServer({ keys: KeyRing.fromSecret(ring) }, stack);
    templateOf(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Allow',
            Action: 'kms:Decrypt',
            Resource: encryptionKey.keyArn,
            Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } },
          },
        ]),
      },
    });
  });
});

test('servers that share data share a ring', () => {
  const app = testApp();
  const first = testServer({}, testStack(app, 'One'));
  const second = testServer({ keys: first.keys, serverName: 'other' }, testStack(app, 'Two'));
  expect(second.keys).toBe(first.keys);
  templateOf(second).resourceCountIs('AWS::SecretsManager::Secret', 0);
});
