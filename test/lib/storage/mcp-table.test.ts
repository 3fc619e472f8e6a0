import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';

import { McpTable } from '../../../lib/index.ts';
import type { McpTableProps } from '../../../lib/index.ts';
import { templateOf, testStack } from '../support/test-app.ts';

function tableTemplate(props?: McpTableProps) {
  return templateOf(new McpTable(testStack(), 'Table', props));
}

test('a table with only what is required: the layout of py-key-value, protected', () => {
  tableTemplate().hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      TableName: Match.absent(),
      AttributeDefinitions: [
        { AttributeName: 'collection', AttributeType: 'S' },
        { AttributeName: 'key', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'collection', KeyType: 'HASH' },
        { AttributeName: 'key', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
      WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 1000 },
      SSESpecification: { SSEEnabled: false },
      StreamSpecification: Match.absent(),
      GlobalSecondaryIndexes: Match.absent(),
      Replicas: [
        {
          Region: 'eu-west-1',
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
          ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 3000 },
        },
      ],
    },
  });
});

test('a customer key encrypts the table', () => {
  const stack = testStack();
  new McpTable(stack, 'Table', { encryptionKey: new kms.Key(stack, 'Key') });
  templateOf(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    Replicas: [Match.objectLike({ SSESpecification: { KMSMasterKeyId: Match.anyValue() } })],
  });
});

test('a table that may go is not protected against it', () => {
  tableTemplate({ removalPolicy: RemovalPolicy.DESTROY }).hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Delete',
    Properties: { Replicas: [Match.objectLike({ DeletionProtectionEnabled: false })] },
  });
});

test('recovery can be switched off', () => {
  tableTemplate({ pointInTimeRecovery: false }).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false } })],
  });
});

describe('limits of DynamoDB', () => {
  test.each([1, 40_000, 1_000_000])('a ceiling of %i is fine', (units) => {
    tableTemplate({ maxReadRequestUnits: units, maxWriteRequestUnits: units }).hasResourceProperties(
      'AWS::DynamoDB::GlobalTable',
      { WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: units } },
    );
  });

  test.each([0, -1, 1.5, NaN])('a ceiling of %d is refused', (units) => {
    const problem = `must be a whole number of request units per second, 1 or more, got ${units}`;
    expect(() => tableTemplate({ maxReadRequestUnits: units })).toThrow(`maxReadRequestUnits ${problem}`);
    expect(() => tableTemplate({ maxWriteRequestUnits: units })).toThrow(`maxWriteRequestUnits ${problem}`);
  });

  test.each([1, 35])('%i days of recovery are fine', (days) => {
    tableTemplate({ recoveryPeriod: Duration.days(days) }).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [
        Match.objectLike({ PointInTimeRecoverySpecification: Match.objectLike({ RecoveryPeriodInDays: days }) }),
      ],
    });
  });

  test.each([Duration.days(0), Duration.days(36), Duration.hours(36)])(
    '%s of recovery are refused',
    (recoveryPeriod) => {
      expect(() => tableTemplate({ recoveryPeriod })).toThrow(
        'recoveryPeriod must be a whole number of days, 1 to 35, got',
      );
    },
  );

  test.each(['ab', 'a b', 'ä-b', 'a'.repeat(256), 'a/b'])('%j is no name of a table', (tableName) => {
    expect(() => tableTemplate({ tableName })).toThrow(`got ${JSON.stringify(tableName)}: leave it out`);
  });

  test.each(['abc', 'a.b_c-d', 'a'.repeat(255)])('%j is a name of a table', (tableName) => {
    tableTemplate({ tableName }).hasResourceProperties('AWS::DynamoDB::GlobalTable', { TableName: tableName });
  });

  test('values that are known only at deployment are left to DynamoDB', () => {
    const tableName = Token.asString({ Ref: 'Name' });
    const maxReadRequestUnits = Token.asNumber({ Ref: 'Reads' });
    expect(() => tableTemplate({ tableName, maxReadRequestUnits })).not.toThrow();
  });
});

describe('contradictions', () => {
  test('a recovery period without recovery', () => {
    expect(() => tableTemplate({ pointInTimeRecovery: false, recoveryPeriod: Duration.days(7) })).toThrow(
      'leave one of them out',
    );
  });

  test('a table to delete that cannot be deleted', () => {
    expect(() => tableTemplate({ deletionProtection: true, removalPolicy: RemovalPolicy.DESTROY })).toThrow(
      'deletionProtection: true contradicts removalPolicy: DESTROY',
    );
  });
});
