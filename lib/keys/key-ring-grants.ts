import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

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
    const service = `secretsmanager.${Stack.of(secret).region}.amazonaws.com`;
    secret.encryptionKey?.grantDecrypt(new kms.ViaServicePrincipal(service, grantee.grantPrincipal));
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [arn],
    });
  }
}
