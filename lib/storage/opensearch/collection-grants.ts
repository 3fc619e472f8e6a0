import { Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as aoss from 'aws-cdk-lib/aws-opensearchserverless';
import type { Construct } from 'constructs';

import type { IStorageGrants } from '../bound-storage.ts';
import { serverlessName } from './collection-names.ts';
import type { ServerIndexes } from './index-prefix.ts';
import type { ISearchCollection } from './search-collection.ts';

/** What the requests of the adapter need of an index; to delete one is not among it. */
export const INDEX_PERMISSIONS = ['aoss:CreateIndex', 'aoss:DescribeIndex', 'aoss:ReadDocument', 'aoss:WriteDocument'];

/**
 * Grants on the indexes of one server in a collection. Two must agree: IAM, which knows whole collections, and the data access
 * policy, which knows indexes.
 */
export class CollectionGrants implements IStorageGrants {
  private readonly server: Construct;
  private readonly collection: ISearchCollection;
  private readonly indexes: ServerIndexes;
  private readonly principals: string[] = [];

  constructor(server: Construct, collection: ISearchCollection, indexes: ServerIndexes) {
    this.server = server;
    this.collection = collection;
    this.indexes = indexes;
  }

  /**
   * Grants the requests of the adapter on the indexes of this server.
   *
   * @throws Error when the grantee is neither a role nor a user: a data access policy names those by their ARN
   */
  readWrite(grantee: iam.IGrantable): iam.Grant {
    const principal = arnOf(grantee);
    if (this.principals.length === 0) this.makePolicy();
    if (!this.principals.includes(principal)) this.principals.push(principal);
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['aoss:APIAccessAll'],
      resourceArns: [this.collection.collectionArn],
    });
  }

  private makePolicy(): void {
    const { collectionName } = this.collection;
    const document = {
      Rules: [
        {
          ResourceType: 'index',
          Resource: this.indexes.patterns.map((pattern) => `index/${collectionName}/${pattern}`),
          Permission: INDEX_PERMISSIONS,
        },
      ],
    };
    new aoss.CfnAccessPolicy(this.server, 'StorageAccess', {
      name: serverlessName(this.server, collectionName),
      type: 'data',
      policy: Lazy.uncachedString({
        produce: () => Stack.of(this.server).toJsonString([{ ...document, Principal: this.principals }]),
      }),
    });
  }
}

function arnOf({ grantPrincipal }: iam.IGrantable): string {
  const { roleArn, userArn, arn } = grantPrincipal as Partial<iam.IRole & iam.IUser & iam.ArnPrincipal>;
  const found = roleArn ?? userArn ?? arn;
  if (found === undefined) {
    throw new Error('the policy of a collection names roles and users by their ARN: grant to one of these');
  }
  return found;
}
