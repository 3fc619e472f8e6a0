import type * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type { Construct } from 'constructs';

import type { CachePasswordProps } from './cache-password.ts';
import { CachePassword, checkRotation } from './cache-password.ts';
import { CacheUser } from './cache-user.ts';

/** A user to be made. */
interface NewUser {
  readonly userId: string;
}

/** How the resource of a user signs in, and the user. */
interface NewLogin {
  readonly authenticationMode: Pick<elasticache.CfnUserProps, 'authenticationMode'>;
  readonly user: CacheUser;
  /** Told of the resource when it is made. */
  readonly made?: (resource: elasticache.CfnUser) => void;
}

/** How servers sign in to a cache that is made for them. */
export class CacheAccess {
  /** With IAM: tokens that live for minutes are made of the role of the server, and no password exists. */
  static iam(): CacheAccess {
    return new CacheAccess((_owner, { userId }) => ({
      authenticationMode: { authenticationMode: { Type: 'iam' } },
      user: CacheUser.iam(userId),
    }));
  }

  /**
   * With a password for each server, generated in Secrets Manager at deployment; for clients that know no IAM.
   *
   * @throws Error when Secrets Manager has no such interval of rotation
   */
  static password(props: CachePasswordProps = {}): CacheAccess {
    checkRotation(props);
    return new CacheAccess((owner, { userId }) => {
      const password = new CachePassword(owner, 'Password', { ...props, userId });
      return {
        authenticationMode: { authenticationMode: { Type: 'password', Passwords: [password.reference] } },
        user: CacheUser.password(password.secret),
        made: (resource) => {
          password.rotate(resource);
        },
      };
    });
  }

  /** @internal */
  readonly _login: (owner: Construct, user: NewUser) => NewLogin;

  private constructor(login: (owner: Construct, user: NewUser) => NewLogin) {
    this._login = login;
  }
}
