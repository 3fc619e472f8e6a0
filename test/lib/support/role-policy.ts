import type { Template } from 'aws-cdk-lib/assertions';

import { ENV } from './test-app.ts';

/** A statement of a policy as IAM reads it. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** ARNs for what a template creates, by logical id: as a deployment could have made them. */
export type Arns = Readonly<Record<string, string>>;

/** The identity policy of the one role whose logical id contains a word, with every reference resolved. */
export function policyOf(template: Template, role: string, arns: Arns): Statement[] {
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(role))
    .flatMap(({ Properties }) => resolve(Properties.PolicyDocument.Statement, arns) as Statement[]);
}

function resolve(value: unknown, arns: Arns): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, arns));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (Ref === 'AWS::Partition') return 'aws';
  if (typeof Ref === 'string') return arnOf(Ref, arns);
  if (Array.isArray(attribute)) return arnOf(attribute[0] as string, arns);
  if (Array.isArray(join)) return (resolve(join[1], arns) as string[]).join(join[0] as string);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item, arns)]));
}

function arnOf(id: string, arns: Arns): string {
  const known = Object.entries(arns).find(([part]) => id.includes(part));
  if (!known) throw new Error(`the policy refers to ${id}, which the test gives no ARN`);
  return known[1];
}

export const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${ENV.region}:${ENV.account}:${resource}`;
