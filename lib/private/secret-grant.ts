import { Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

import { grantKeyThrough } from './key-grant.ts';

/** Lets a grantee fetch a secret. Only `GetSecretValue`: the runtime neither lists nor describes nor changes secrets. */
export function grantSecret(grantee: iam.IGrantable, secret: secretsmanager.ISecret): iam.Grant {
  // An imported secret may be known by an ARN without the six characters that Secrets Manager adds at the end.
  const arn = secret.secretFullArn ?? `${secret.secretArn}-??????`;
  const fetch = iam.Grant.addToPrincipal({ grantee, actions: ['secretsmanager:GetSecretValue'], resourceArns: [arn] });
  const key = secret.encryptionKey;
  if (!key) return fetch;
  const { region } = secret.env;
  return fetch.combine(grantKeyThrough(grantee, { key, service: 'secretsmanager', region, actions: ['kms:Decrypt'] }));
}

/** The option of a store URL that names a secret. */
export function secretOption({ secretArn }: secretsmanager.ISecret): string {
  // A name may have a plus, which a query would read as a space.
  return `secret=${Token.isUnresolved(secretArn) ? secretArn : secretArn.replaceAll('+', '%2B')}`;
}
