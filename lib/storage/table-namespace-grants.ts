import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';

import { grantKeyThrough } from '../private/key-grant.ts';
import type { IStorageGrants } from './bound-storage.ts';

/** Exactly the calls that the DynamoDB adapter makes. Neither Query nor Scan: they could read what a condition hides. */
export const TABLE_ACTIONS = [
  'dynamodb:BatchGetItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
];

/**
 * What DynamoDB does with a customer's key in the name of the caller, spelled out instead of with wildcards.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
export const TABLE_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Grants on the part of a table that belongs to one server. */
export class TableNamespaceGrants implements IStorageGrants {
  private readonly table: dynamodb.ITable;
  private readonly serverName: string;

  constructor(table: dynamodb.ITable, serverName: string) {
    this.table = table;
    this.serverName = serverName;
  }

  /** Grants the calls of the adapter on the rows of this server. Adds to the grantee only, never to the table's policy. */
  readWrite(grantee: iam.IGrantable): iam.Grant {
    const rows = iam.Grant.addToPrincipal({
      grantee,
      actions: TABLE_ACTIONS,
      resourceArns: [this.table.tableArn],
      conditions: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${this.serverName}__*`] },
        // ForAllValues is true when there is no value at all, so a request without keys has to be refused by itself.
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    });
    const key = this.table.encryptionKey;
    if (!key) return rows;
    const { region } = this.table.env;
    return rows.combine(grantKeyThrough(grantee, { key, service: 'dynamodb', region, actions: TABLE_KEY_ACTIONS }));
  }
}
