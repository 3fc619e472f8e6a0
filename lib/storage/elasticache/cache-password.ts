import { RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { acknowledge } from '../../private/findings.ts';

/** Properties of the passwords of a cache. */
export interface CachePasswordProps {
  /**
   * Key that encrypts the secrets.
   *
   * @default - the key of Secrets Manager, `aws/secretsmanager`
   */
  readonly encryptionKey?: kms.IKey;
}

interface Props extends CachePasswordProps {
  readonly userId: string;
}

/** Letters and digits: ElastiCache takes 16 to 128 characters, and few marks. */
const LENGTH = 64;

/**
 * The password of one user, generated inside Secrets Manager: a template only ever says where it is.
 *
 * @internal
 */
export class CachePassword extends Construct {
  /** `{"username":"…","password":"…"}` */
  readonly secret: secretsmanager.ISecret;

  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    this.secret = new secretsmanager.Secret(this, 'Secret', {
      description: `Password of the cache user ${props.userId}`,
      encryptionKey: props.encryptionKey,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: props.userId }),
        generateStringKey: 'password',
        passwordLength: LENGTH,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.DESTROY, // without its user it opens nothing
    });
    acknowledge(this.secret, {
      'AwsSolutions-SMG4': 'not asked for: CacheAccess.password() without rotation',
    });
  }

  /** What CloudFormation replaces by the password when it makes the user. */
  get reference(): string {
    return this.secret.secretValueFromJson('password').unsafeUnwrap();
  }
}
