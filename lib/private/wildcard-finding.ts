import { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

import { acknowledge } from './findings.ts';

/**
 * Acknowledges that the policy of a grantee names resources by patterns. A grantee that is imported has no policy here.
 *
 * Only once references between stacks are settled, just before the checks, is it known how they write an ARN.
 */
export function acknowledgePatterns({ grantPrincipal }: iam.IGrantable, arns: readonly string[], reason: string): void {
  if (!Construct.isConstruct(grantPrincipal)) return;
  grantPrincipal.node.addValidation({
    validate: () => {
      const stack = Stack.of(grantPrincipal);
      const ids = arns.map((arn) => `AwsSolutions-IAM5[Resource::${flat(stack.resolve(arn))}]`);
      acknowledge(grantPrincipal, Object.fromEntries(ids.map((id) => [id, reason])));
      return [];
    },
  });
}

/** A reference as cdk-nag writes it into the id of a finding: `<LogicalId.Arn>`. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Readonly<Record<string, unknown>>;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(flat).join(join[0] as string);
  if (Array.isArray(attribute)) return `<${attribute.map(flat).join('.')}>`;
  if (typeof Ref === 'string') return `<${Ref}>`;
  return JSON.stringify(value);
}
