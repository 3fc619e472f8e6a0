import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

import { acknowledge } from '../../private/findings.ts';

interface ServerTargetsProps {
  readonly vpc: ec2.IVpc;
  readonly port: number;
  readonly healthCheck: elbv2.HealthCheck;
  readonly deregistrationDelay: Duration;
  /** Whether deployments move calls between two groups. */
  readonly twoGroups: boolean;
}

/**
 * The tasks of a server, as its load balancer knows them: the next call goes to the one with the fewest under way.
 *
 * @internal
 */
export class ServerTargets extends Construct {
  private readonly main: elbv2.ApplicationTargetGroup;
  private readonly other?: elbv2.ApplicationTargetGroup;

  constructor(scope: Construct, id: string, props: ServerTargetsProps) {
    super(scope, id);
    const settings: elbv2.ApplicationTargetGroupProps = {
      vpc: props.vpc,
      port: props.port,
      healthCheck: props.healthCheck,
      deregistrationDelay: props.deregistrationDelay,
      protocol: elbv2.ApplicationProtocol.HTTP,
      protocolVersion: elbv2.ApplicationProtocolVersion.HTTP1,
      targetType: elbv2.TargetType.IP,
      loadBalancingAlgorithmType: elbv2.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
    };
    this.main = new elbv2.ApplicationTargetGroup(this, 'Group', settings);
    if (props.twoGroups) this.other = new elbv2.ApplicationTargetGroup(this, 'OtherGroup', settings);
  }

  /** The group whose requests tell how busy all tasks are: none where there are two. */
  get counted(): elbv2.ApplicationTargetGroup | undefined {
    return this.other ? undefined : this.main;
  }

  /**
   * What the listener does with a call that no rule is for. Of two groups a rule is for all of them; while a server changes
   * over to two, the listener is there before its rule.
   */
  get defaultAction(): elbv2.ListenerAction {
    return elbv2.ListenerAction.forward([this.main]);
  }

  /** Puts the tasks of a service into the groups. */
  attach(service: ecs.FargateService, container: ecs.ContainerDefinition, listener: elbv2.ApplicationListener): void {
    service
      .loadBalancerTarget({
        containerName: container.containerName,
        containerPort: container.containerPort,
        alternateTarget: this.other && this.alternate(listener, this.other),
      })
      .attachToApplicationTargetGroup(this.main);
  }

  /** A rule of the listener, which ECS rewrites during a deployment, sends calls to the one group or the other. */
  private alternate(listener: elbv2.ApplicationListener, other: elbv2.ApplicationTargetGroup): ecs.IAlternateTarget {
    const rule = new elbv2.ApplicationListenerRule(this, 'Rule', {
      listener,
      priority: 1,
      conditions: [elbv2.ListenerCondition.pathPatterns(['/*'])],
      action: elbv2.ListenerAction.weightedForward([
        { targetGroup: this.main, weight: 100 },
        { targetGroup: other, weight: 0 },
      ]),
    });
    return new ecs.AlternateTarget('Alternate', {
      alternateTargetGroup: other,
      productionListener: ecs.ListenerRuleConfiguration.applicationListenerRule(rule),
      role: this.trafficRole(rule, [this.main, other]),
    });
  }

  /** What ECS does to move calls. The managed policy lets it change every load balancer of the account. */
  private trafficRole(rule: elbv2.ApplicationListenerRule, groups: readonly elbv2.ApplicationTargetGroup[]): iam.IRole {
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ecs.amazonaws.com') });
    allow(role, ['DescribeListeners', 'DescribeRules', 'DescribeTargetGroups', 'DescribeTargetHealth'], ['*']);
    allow(role, ['ModifyRule'], [rule.listenerRuleArn]);
    allow(
      role,
      ['RegisterTargets', 'DeregisterTargets'],
      groups.map(({ targetGroupArn }) => targetGroupArn),
    );
    acknowledge(role, {
      'AwsSolutions-IAM5[Resource::*]': 'load balancing has no resource to name for what describes',
    });
    return role;
  }
}

function allow(role: iam.Role, actions: readonly string[], resources: string[]): void {
  role.addToPolicy(
    new iam.PolicyStatement({ actions: actions.map((name) => `elasticloadbalancing:${name}`), resources }),
  );
}
