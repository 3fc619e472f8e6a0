import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import { grantSecret } from '../private/secret-grant.ts';

/** Grants on the secret of a key ring. */
export class KeyRingGrants {
  static fromSecret(secret: secretsmanager.ISecret): KeyRingGrants {
    return new KeyRingGrants(secret);
  }

  private readonly secret: secretsmanager.ISecret;

  private constructor(secret: secretsmanager.ISecret) {
    this.secret = secret;
  }

  /** Lets the grantee fetch the keys. Only `GetSecretValue`: the runtime neither lists nor describes nor changes them. */
  read(grantee: iam.IGrantable): iam.Grant {
    return grantSecret(grantee, this.secret);
  }
}
