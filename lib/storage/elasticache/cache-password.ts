import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import type * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { acknowledge } from '../../private/findings.ts';
import { checkWholeNumber } from '../../private/limits.ts';
import { CachePasswordRotation } from './cache-password-rotation.ts';

/** Properties of the passwords of a cache. */
export interface CachePasswordProps {
  /**
   * How often each password is replaced, 1 to 1000 whole days. The one before is taken until the next replacement.
   *
   * @default - never
   */
  readonly rotateAfter?: Duration;
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

/** @throws Error when Secrets Manager has no such interval */
export function checkRotation({ rotateAfter }: CachePasswordProps): void {
  checkWholeNumber('rotateAfter', rotateAfter?.toDays({ integral: false }), { min: 1, max: 1000, unit: 'days' });
}

/** The password of one user, generated inside Secrets Manager: a template only ever says where it is. */
export class CachePassword extends Construct {
  /** `{"username":"…","password":"…"}` */
  readonly secret: secretsmanager.ISecret;
  private readonly rotateAfter?: Duration;
  private readonly userId: string;

  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    this.userId = props.userId;
    this.rotateAfter = props.rotateAfter;
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
    if (!props.rotateAfter) {
      acknowledge(this.secret, {
        'AwsSolutions-SMG4':
          'CacheAccess.password({ rotateAfter }) switches it on: it deploys a function for each user',
      });
    }
  }

  /** What CloudFormation replaces by the password when it makes the user. */
  get reference(): string {
    return this.secret.secretValueFromJson('password').unsafeUnwrap();
  }

  /** Replaces the password of the user from time to time, if that was asked for. */
  rotate(user: elasticache.CfnUser): void {
    const { secret, userId, rotateAfter } = this;
    if (rotateAfter) new CachePasswordRotation(this, 'Rotation', { secret, userId, rotateAfter, user });
  }
}
