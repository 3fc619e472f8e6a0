import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import { grantKeyThrough } from '../private/key-grant.ts';

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
    const { secret } = this;
    // An imported secret may be known by an ARN without the six characters that Secrets Manager adds at the end.
    const arn = secret.secretFullArn ?? `${secret.secretArn}-??????`;
    const fetch = iam.Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [arn],
    });
    const key = secret.encryptionKey;
    if (!key) return fetch;
    const { region } = secret.env;
    return fetch.combine(
      grantKeyThrough(grantee, { key, service: 'secretsmanager', region, actions: ['kms:Decrypt'] }),
    );
  }
}
