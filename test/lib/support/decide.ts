import { runSimulation } from '@cloud-copilot/iam-simulate';

import type { Statement } from './role-policy.ts';
import { ENV } from './test-app.ts';

/** A call as IAM sees it. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context?: Record<string, string | string[]>;
}

/** The policy that a key has by default: IAM policies of the account decide. */
export const KEY_POLICY = [
  { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ENV.account}:root` }, Action: 'kms:*', Resource: '*' },
];

/** What IAM decides about a call of a role, by its own policy and, when there is one, by that of the resource. */
export async function decide(
  statements: readonly Statement[],
  { action, resource, context = {} }: Call,
  resourceStatements?: readonly object[],
): Promise<string> {
  const response = await runSimulation(
    {
      identityPolicies: [{ name: 'role', policy: { Version: '2012-10-17', Statement: statements } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourceStatements && { resourcePolicy: { Version: '2012-10-17', Statement: resourceStatements } }),
      request: {
        action,
        principal: `arn:aws:iam::${ENV.account}:role/weather`,
        resource: { resource, accountId: ENV.account },
        contextVariables: context,
      },
    },
    {},
  );
  if (response.resultType === 'error') throw new Error(JSON.stringify(response.errors));
  return response.overallResult;
}
