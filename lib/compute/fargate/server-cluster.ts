import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';

import { acknowledge } from '../../private/findings.ts';

interface ServerClusterProps {
  readonly vpc: ec2.IVpc;
  readonly spot: boolean;
}

/**
 * A cluster for one server: a name, which costs nothing.
 *
 * @internal
 */
export class ServerCluster extends ecs.Cluster {
  /** Whether tasks on spare capacity may be in it. */
  readonly spot: boolean;

  constructor(scope: Construct, id: string, props: ServerClusterProps) {
    super(scope, id, {
      vpc: props.vpc,
      enableFargateCapacityProviders: props.spot,
      containerInsightsV2: ecs.ContainerInsights.DISABLED,
    });
    this.spot = props.spot;
    acknowledge(this, {
      'AwsSolutions-ECS4':
        'metrics of the service and of the load balancer cost nothing; Container Insights is paid for',
    });
  }
}
