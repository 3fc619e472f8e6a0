import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

interface FargateRoleProps {
  readonly description: string;
}

/**
 * A role that ECS takes for tasks of this account and region, and for nobody else's.
 *
 * @internal
 */
export class FargateRole extends iam.Role {
  constructor(scope: Construct, id: string, props: FargateRoleProps) {
    const { account, region, partition } = Stack.of(scope);
    super(scope, id, {
      description: props.description,
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:ecs:${region}:${account}:*` },
        },
      }),
    });
  }
}
