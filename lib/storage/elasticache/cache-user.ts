import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import { grantSecret, secretOption } from '../../private/secret-grant.ts';
import type { IMcpCache } from './cache-base.ts';

/** What a user adds to the URL of a store, and lets the server do. */
interface Login {
  /** Goes before the host. */
  readonly authority: string;
  readonly options: readonly string[];
  grant(grantee: iam.IGrantable): iam.Grant;
}

/** Whom a server signs in to a cache as. */
export class CacheUser {
  /**
   * A user that signs in with IAM: no password exists. Its name must be its id.
   *
   * @throws Error when ElastiCache has no such ids
   */
  static iam(userId: string): CacheUser {
    if (!Token.isUnresolved(userId) && !/^[a-z][a-z0-9-]{0,39}$/.test(userId)) {
      throw new Error(
        `the id of a cache user must be 1 to 40 lower-case letters, digits and hyphens, got ${JSON.stringify(userId)}`,
      );
    }
    return new CacheUser((cache) => ({
      authority: `${userId}@`,
      options: [
        'auth=iam',
        `cache=${cache.cacheName}`,
        ...(cache.serverless ? ['serverless=true'] : []),
        `region=${Stack.of(cache).region}`,
      ],
      grant: (grantee) =>
        iam.Grant.addToPrincipal({
          grantee,
          actions: [CONNECT],
          resourceArns: [cache.cacheArn, arnOf(cache, 'user', userId)],
        }),
    }));
  }

  /** A user whose `username` and `password` are in a secret, or whose secret is the password of the only user. */
  static password(secret: secretsmanager.ISecret): CacheUser {
    return new CacheUser(() => ({
      authority: '',
      options: [secretOption(secret)],
      grant: (grantee) => grantSecret(grantee, secret),
    }));
  }

  /** @internal */
  readonly _loginTo: (cache: IMcpCache) => Login;

  private constructor(login: (cache: IMcpCache) => Login) {
    this._loginTo = login;
  }
}

const CONNECT = 'elasticache:Connect';

/** The ARN of something of ElastiCache, in the region and the account of a cache. */
export function arnOf(cache: IMcpCache, resource: string, resourceName: string): string {
  return Stack.of(cache).formatArn({
    service: 'elasticache',
    resource,
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
