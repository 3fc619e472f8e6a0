import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

import { acknowledge } from '../../private/findings.ts';

interface LambdaRoleProps {
  readonly logGroup: logs.ILogGroup;
  readonly traced: boolean;
  readonly inNetwork: boolean;
}

// The calls that Lambda makes with the role of a function in a network; EC2 knows no resource level for most of them.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * The role of the function: writes to its own log group, and traces. The managed policy that functions have otherwise
 * lets them write to every log group of the account.
 *
 * @internal
 */
export class LambdaRole extends iam.Role {
  constructor(scope: Construct, id: string, props: LambdaRoleProps) {
    super(scope, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    props.logGroup.grantWrite(this);
    if (props.inNetwork) {
      this.addToPolicy(new iam.PolicyStatement({ actions: NETWORK_ACTIONS, resources: ['*'] }));
    }
    if (props.traced || props.inNetwork) {
      acknowledge(this, {
        'AwsSolutions-IAM5[Resource::*]':
          'X-Ray has no resource to name for its two actions of writing traces, nor has EC2 for network interfaces',
      });
    }
  }
}
