import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';

import type { RuntimePart } from '../code/runtime-part.ts';
import type { StorageMount } from './storage-mount.ts';

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
  /** Folders that the compute of the server mounts. */
  readonly mounts: StorageMount[] = [];
  /** Whether an acknowledged write survives a restart of the server. */
  abstract readonly durable: boolean;
  /** Whether the author accepts that a failure of the store loses OAuth state. */
  readonly allowsLostWrites: boolean = false;
  /** Whether every instance of the server sees the same entries. */
  abstract readonly shared: boolean;
  /**
   * Whether it is for one instance only: compute must then run one, and start the next only after that one has stopped
   * (for a service of ECS: a desired count of 1, at most 100 % and at least 0 % healthy during a deployment, no scaling).
   */
  readonly singleTask: boolean = false;
  /** Lets others read and write what this server stores. */
  abstract readonly grants: IStorageGrants;

  /**
   * Why OAuth state must not be kept here, and what to use instead: for an error message, after "this storage".
   * Undefined where it may.
   */
  get unfitForState(): string | undefined {
    return this.durable && this.shared ? undefined : 'would lose clients and tokens, or hide them from other instances';
  }

  /** Lets a client reach the storage through its network, and no more than that. Called by the server. */
  abstract connectFrom(client: ec2.IConnectable): void;

  /**
   * The DynamoDB table.
   *
   * @throws Error when the storage is of another kind
   */
  get table(): dynamodb.ITable {
    throw new Error('this storage has no table: only McpStorage.dynamoDb() and McpStorage.fromTable() have one');
  }
}
