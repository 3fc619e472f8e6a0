import type { App } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';

import { DYNAMODB_ACTIONS } from '../../../lambda/store/dynamodb/actions.ts';
import { McpAuth, McpCompute, McpStorage, McpTable } from '../../../lib/index.ts';
import { TABLE_ACTIONS, TABLE_KEY_ACTIONS } from '../../../lib/storage/table-namespace-grants.ts';
import { ENV, templateOf, testApp, testServer, testStack } from '../support/test-app.ts';

function storeUrlOf(template: Template): unknown {
  const [resource] = Object.values(template.findResources('AWS::Lambda::Function'));
  return resource?.Properties.Environment.Variables.MCP_STORE_URL;
}

test('the grant is exactly what the adapter calls', () => {
  expect([...TABLE_ACTIONS].sort()).toEqual([...DYNAMODB_ACTIONS].sort());
});

test('no grant has a wildcard', () => {
  expect([...TABLE_ACTIONS, ...TABLE_KEY_ACTIONS].filter((action) => action.includes('*'))).toEqual([]);
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
            Action: TABLE_KEY_ACTIONS,
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

  test('in another region: the ARN of an imported Table says which, too', () => {
    const stack = testStack();
    const arn = `arn:aws:dynamodb:us-east-1:${ENV.account}:table/shared`;
    const storage = McpStorage.fromTable(dynamodb.Table.fromTableArn(stack, 'T', arn));
    expect(testServer({ storage }, stack).storage.url).toBe('dynamodb://shared?region=us-east-1');
  });

  test('in another region: refused in an isolated network, whose endpoint does not lead there', () => {
    const stack = testStack();
    const arn = 'arn:aws:dynamodb:us-east-1:111122223333:table/notes';
    const storage = McpStorage.fromTable(dynamodb.Table.fromTableArn(stack, 'T', arn));
    const auth = McpAuth.none();
    expect(() => testServer({ storage, auth, compute: McpCompute.fargate() }, stack)).toThrow(
      /is in us-east-1, which an isolated network in eu-west-1 does not reach: .*internet: true/,
    );
    const compute = McpCompute.fargate({ internet: true });
    const other = testStack(testApp(), 'Other');
    const there = McpStorage.fromTable(dynamodb.Table.fromTableArn(other, 'T', arn));
    expect(() => testServer({ storage: there, auth, compute }, other)).not.toThrow();
  });

  test('in another account, as the ARN of a Table says: refused', () => {
    const stack = testStack();
    const arn = 'arn:aws:dynamodb:eu-west-1:999999999999:table/notes';
    const storage = McpStorage.fromTable(dynamodb.Table.fromTableArn(stack, 'T', arn));
    expect(() => testServer({ storage }, stack)).toThrow(/belongs to account 999999999999/);
  });

  test('in another account: refused, with what to do', () => {
    const stack = testStack();
    const arn = 'arn:aws:dynamodb:eu-west-1:999999999999:table/shared';
    const storage = McpStorage.fromTable(dynamodb.TableV2.fromTableArn(stack, 'T', arn));
    expect(() => testServer({ storage }, stack)).toThrow(
      'the table "Test/T" belongs to account 999999999999, the server to 111122223333',
    );
  });

  /** What a stack with a table and its key creates, with a server beside it or without. */
  function tableStack(tableName: string | undefined, attach: (table: dynamodb.ITable, app: App) => void): unknown {
    const app = testApp();
    const stack = testStack(app, 'Data');
    const { table } = new McpTable(stack, 'Shared', { tableName, encryptionKey: new kms.Key(stack, 'Key') });
    attach(table, app);
    const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string }> };
    return Object.fromEntries(Object.entries(Resources).filter(([, { Type }]) => /^AWS::(DynamoDB|KMS)::/.test(Type)));
  }

  const farAway = (app: App) => new Stack(app, 'Far', { env: { ...ENV, region: 'us-east-1' } });

  test.each<[string, string | undefined, (app: App, data: Stack) => Stack]>([
    ['in its stack', undefined, (_app, data) => data],
    ['in another stack', undefined, (app) => testStack(app, 'Servers')],
    ['in another region', 'shared', farAway],
  ])('of the same app, with its key, the server %s: nothing of table and key is changed', (_name, name, place) => {
    const alone = tableStack(name, () => undefined);
    const shared = tableStack(name, (table, app) => {
      const stack = place(app, Stack.of(table));
      const server = testServer({ storage: McpStorage.fromTable(table) }, stack);
      templateOf(server).hasResourceProperties('AWS::IAM::Policy', {
        PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: TABLE_ACTIONS })]) },
      });
      expect(JSON.stringify(storeUrlOf(templateOf(server)))).toContain('?region=eu-west-1');
      expect(JSON.stringify(templateOf(server).findResources('AWS::IAM::Policy'))).toContain(
        '"kms:ViaService":"dynamodb.eu-west-1.amazonaws.com"',
      );
    });
    expect(Object.keys(alone as object)).toHaveLength(2);
    expect(shared).toEqual(alone);
  });

  test.each([
    [
      'v2',
      (stack: Stack, name: string) =>
        new dynamodb.TableV2(stack, 'Odd', { partitionKey: { name, type: dynamodb.AttributeType.STRING } }),
    ],
    [
      'v1',
      (stack: Stack, name: string) =>
        new dynamodb.Table(stack, 'Odd', { partitionKey: { name, type: dynamodb.AttributeType.STRING } }),
    ],
  ])('of the same app with other keys is refused (%s)', (_, makeTable) => {
    const stack = testStack();
    expect(() => testServer({ storage: McpStorage.fromTable(makeTable(stack, 'pk')) }, stack)).toThrow(
      /the table ".*Odd" has the keys pk: a store needs the hash key "collection" and the range key "key"/,
    );
  });

  test('of the same app and without a name of its own: is not replaced by one with a name for a server far away', () => {
    tableStack(undefined, (table, app) => {
      const storage = McpStorage.fromTable(table);
      for (const stack of [farAway(app), new Stack(app, 'Anywhere')]) {
        expect(() => testServer({ storage }, stack)).toThrow(
          /the table "Data\/Shared\/Table" has a generated name, .*: give it a tableName, or import it/,
        );
      }
    });
  });

  test('imported with its key: the key is granted on too', () => {
    const stack = testStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:eu-west-1:${ENV.account}:key/k`);
    const table = dynamodb.TableV2.fromTableAttributes(stack, 'T', { tableName: 'shared', encryptionKey });
    testServer({ storage: McpStorage.fromTable(table) }, stack);
    templateOf(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Action: TABLE_KEY_ACTIONS, Resource: encryptionKey.keyArn })]),
      },
    });
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
