import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';

import type { RuntimePart } from '../code/runtime-part.ts';

/** Lets others read and write what a server stores. */
export interface IStorageGrants {
  /** Grants exactly the calls that the store's adapter makes, in the namespace of this server. */
  readWrite(grantee: iam.IGrantable): iam.Grant;
}

/** The storage of one server, provisioned. */
export abstract class BoundStorage {
  /** The store as the runtime opens it: one URL, without secrets. */
  abstract readonly url: string;
  /** Parts of the runtime that open it. */
  abstract readonly parts: RuntimePart[];
  /** Whether an acknowledged write survives a restart of the server. */
  abstract readonly durable: boolean;
  /** Whether every instance of the server sees the same entries. */
  abstract readonly shared: boolean;
  /** Lets others read and write what this server stores. */
  abstract readonly grants: IStorageGrants;

  /**
   * The DynamoDB table.
   *
   * @throws Error when the storage is of another kind
   */
  get table(): dynamodb.ITable {
    throw new Error('this storage has no table: only McpStorage.dynamoDb() and McpStorage.fromTable() have one');
  }
}
