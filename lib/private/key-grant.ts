import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';

/** A service that uses a customer's key in the name of its caller. */
export interface KeyGrantProps {
  readonly key: kms.IKey;
  /** Name of the service in the key's conditions, such as `dynamodb`. */
  readonly service: string;
  /** Region of what the key encrypts. */
  readonly region: string;
  readonly actions: string[];
}

/**
 * Lets a grantee use a key through one service only. Adds to the grantee, not to the key: its policy must let IAM policies
 * of the account decide, as the default policy of a key does.
 */
export function grantKeyThrough(grantee: iam.IGrantable, props: KeyGrantProps): iam.Grant {
  return iam.Grant.addToPrincipal({
    grantee,
    actions: props.actions,
    resourceArns: [props.key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${props.service}.${props.region}.amazonaws.com` } },
  });
}
