import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';

import { DYNAMODB_ACTIONS } from '../../../lambda/store/dynamodb/actions.ts';
import { McpStorage, McpTable } from '../../../lib/index.ts';
import { TABLE_ACTIONS } from '../../../lib/storage/table-namespace-grants.ts';
import { ENV, templateOf, testApp, testServer, testStack } from '../support/test-app.ts';

function storeUrlOf(template: Template): unknown {
  const [resource] = Object.values(template.findResources('AWS::Lambda::Function'));
  return resource?.Properties.Environment.Variables.MCP_STORE_URL;
}

test('the grant is exactly what the adapter calls', () => {
  expect([...TABLE_ACTIONS].sort()).toEqual([...DYNAMODB_ACTIONS].sort());
});

describe('a table of the server', () => {
  test('is granted on, for the namespace of the server only', () => {
    templateOf(testServer()).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Allow',
            Action: TABLE_ACTIONS,
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('StorageTable'), 'Arn'] },
            Condition: {
              'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['weather__*'] },
              Null: { 'dynamodb:LeadingKeys': 'false' },
            },
          },
        ]),
      },
    });
  });

  test('a customer key is granted for what DynamoDB does with it, without wildcards', () => {
    const stack = testStack();
    testServer({ storage: McpStorage.dynamoDb({ encryptionKey: new kms.Key(stack, 'Key') }) }, stack);
    templateOf(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: [
              'kms:Decrypt',
              'kms:DescribeKey',
              'kms:Encrypt',
              'kms:GenerateDataKey',
              'kms:GenerateDataKeyWithoutPlaintext',
              'kms:ReEncryptFrom',
              'kms:ReEncryptTo',
            ],
            Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('Key'), 'Arn'] },
            Condition: { StringEquals: { 'kms:ViaService': 'dynamodb.eu-west-1.amazonaws.com' } },
          }),
        ]),
      },
    });
  });

  test('one object makes one table: a second server is told how to share it', () => {
    const stack = testStack();
    const storage = McpStorage.dynamoDb();
    testServer({ storage }, stack);
    expect(() => testServer({ storage }, testStack(testApp(), 'Other'))).toThrow(
      'share it with "Other/Server" by McpStorage.fromTable(first.storage.table)',
    );
  });

  test('another principal can be let into the namespace', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Job', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    testServer({}, stack).storage.grants.readWrite(role);
    templateOf(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('Job') }],
      PolicyDocument: { Statement: [Match.objectLike({ Action: TABLE_ACTIONS })] },
    });
  });
});

describe('a table of somebody else', () => {
  test.each([
    ['TableV2 by name', (stack: Stack) => dynamodb.TableV2.fromTableName(stack, 'T', 'shared')],
    ['Table by name', (stack: Stack) => dynamodb.Table.fromTableName(stack, 'T', 'shared')],
  ])('%s: is used, and not altered', (_name, importTable) => {
    const stack = testStack();
    testServer({ storage: McpStorage.fromTable(importTable(stack)) }, stack);
    const template = templateOf(stack);
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
    template.resourceCountIs('AWS::DynamoDB::Table', 0);
    expect(storeUrlOf(template)).toBe('dynamodb://shared?region=eu-west-1');
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: TABLE_ACTIONS,
            Resource: 'arn:aws:dynamodb:eu-west-1:111122223333:table/shared',
          }),
        ]),
      },
    });
  });

  test('in another region: the URL and the grant say which', () => {
    const stack = testStack();
    const arn = `arn:aws:dynamodb:us-east-1:${ENV.account}:table/shared`;
    testServer({ storage: McpStorage.fromTable(dynamodb.TableV2.fromTableArn(stack, 'T', arn)) }, stack);
    const template = templateOf(stack);
    expect(storeUrlOf(template)).toBe('dynamodb://shared?region=us-east-1');
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain(arn);
  });

  test('in another account: refused, with what to do', () => {
    const stack = testStack();
    const arn = 'arn:aws:dynamodb:eu-west-1:999999999999:table/shared';
    const storage = McpStorage.fromTable(dynamodb.TableV2.fromTableArn(stack, 'T', arn));
    expect(() => testServer({ storage }, stack)).toThrow(
      'the table "Test/T" belongs to account 999999999999, the server to 111122223333',
    );
  });

  test('of the same app, with its key: nothing of it is written again', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    const { table } = new McpTable(stack, 'Shared', { encryptionKey: key });
    const before = JSON.stringify(Stack.of(table).resolve(table.node.findAll().map(({ node }) => node.path)));
    testServer({ storage: McpStorage.fromTable(table) }, stack);
    expect(JSON.stringify(table.node.findAll().map(({ node }) => node.path))).toBe(before);
    const [resource] = Object.values(templateOf(stack).findResources('AWS::DynamoDB::GlobalTable'));
    expect(JSON.stringify(resource)).not.toContain('ResourcePolicy');
  });
});

describe('several servers on one table', () => {
  test('share it, each in its namespace', () => {
    const stack = testStack();
    const first = testServer({}, stack);
    const second = testServer(
      { serverName: 'news', storage: McpStorage.fromTable(first.storage.table) },
      new Stack(stack, 'Inner', { env: ENV }),
    );
    expect(second.storage.table).toBe(first.storage.table);
    expect(JSON.stringify(templateOf(second).toJSON())).toContain('news__*');
    expect(JSON.stringify(templateOf(second).toJSON())).not.toContain('weather__*');
  });

  test('cannot have the same name: of one construct', () => {
    const app = testApp();
    const first = testServer({}, testStack(app, 'One'));
    const storage = McpStorage.fromTable(first.storage.table);
    expect(() => testServer({ storage }, testStack(app, 'Two'))).toThrow(
      'two servers named "weather" would share one namespace of one table: "One/Server" and "Two/Server"; ' +
        'give one of them another serverName',
    );
  });

  test('cannot have the same name: of a table that is imported twice', () => {
    const app = testApp();
    const [one, two] = ['One', 'Two'].map((id) => testStack(app, id));
    testServer({ storage: McpStorage.fromTable(dynamodb.TableV2.fromTableName(one!, 'T', 'shared')) }, one);
    const storage = McpStorage.fromTable(dynamodb.Table.fromTableName(two!, 'T', 'shared'));
    expect(() => testServer({ storage }, two)).toThrow('two servers named "weather"');
  });

  test('can have the same name on two tables, and in two apps', () => {
    const app = testApp();
    testServer({}, testStack(app, 'One'));
    expect(() => testServer({}, testStack(app, 'Two'))).not.toThrow();
    const imported = (stack: Stack) => McpStorage.fromTable(dynamodb.TableV2.fromTableName(stack, 'T', 'shared'));
    for (const stack of [testStack(), testStack()]) {
      expect(() => testServer({ storage: imported(stack) }, stack)).not.toThrow();
    }
  });
});
