import { Stack, Token } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type { Construct } from 'constructs';

/**
 * A load balancer takes certificates of ACM in its own region, and server certificates of IAM.
 *
 * @throws Error when one is of another region, or its ARN is none
 */
export function refuseForeignCertificates(scope: Construct, certificates: readonly acm.ICertificate[]): void {
  const { region } = Stack.of(scope);
  for (const { certificateArn } of certificates) {
    if (Token.isUnresolved(certificateArn)) continue;
    const [, theirs] = /^arn:[^:]+:acm:([^:]+):[^:]+:certificate\//.exec(certificateArn) ?? [];
    if (theirs === undefined && !/^arn:[^:]+:iam::[^:]+:server-certificate\//.test(certificateArn)) {
      throw new Error(
        `a certificate must be named by an ARN such as "arn:aws:acm:${Token.isUnresolved(region) ? 'eu-west-1' : region}:` +
          `111122223333:certificate/…", got ${JSON.stringify(certificateArn)}`,
      );
    }
    if (theirs === undefined || Token.isUnresolved(region) || theirs === region) continue;
    throw new Error(
      `the certificate ${JSON.stringify(certificateArn)} is in ${theirs}, the load balancer in ${region}: request one there`,
    );
  }
}
