import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { acknowledge } from '../../private/findings.ts';
import type { FargateDeployment } from './fargate-deployment.ts';
import type { FargateHealthCheck } from './fargate-health-check.ts';
import { gracePeriodOf } from './fargate-health-check.ts';
import type { TaskCount } from './task-count.ts';

interface ServerServiceProps {
  readonly cluster: ecs.ICluster;
  // eslint-disable-next-line awscdk/no-construct-in-interface -- a service takes no interface of it
  readonly task: ecs.FargateTaskDefinition;
  readonly network: McpNetwork;
  readonly securityGroup: ec2.ISecurityGroup;
  readonly count: TaskCount;
  /** Whether the next task may start only when the one before it has ended. */
  readonly singleTask: boolean;
  readonly spot: boolean;
  readonly deployment: FargateDeployment;
  /** Alarms that undo a deployment. */
  readonly alarms: readonly cloudwatch.IAlarm[];
  readonly healthCheck: FargateHealthCheck;
}

/**
 * The service that keeps the tasks of a server running.
 *
 * @internal
 */
export class ServerService extends ecs.FargateService {
  constructor(scope: Construct, id: string, props: ServerServiceProps) {
    const { count, network } = props;
    super(scope, id, {
      cluster: props.cluster,
      taskDefinition: props.task,
      vpcSubnets: network.vpcSubnets,
      securityGroups: [props.securityGroup],
      assignPublicIp: false,
      // With scaling, a number here would undo at each deployment what it has added.
      desiredCount: count.min === count.max ? count.min : undefined,
      healthCheckGracePeriod: gracePeriodOf(props.healthCheck),
      capacityProviderStrategies: props.spot ? spotStrategy(count) : undefined,
      enableExecuteCommand: false,
      enableECSManagedTags: true,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
      ...deploymentOf(props),
    });
    if (props.deployment._settings.twoGroups) {
      acknowledge(this, {
        'Annotation::@aws-cdk/aws-ecs:shouldUseCircuitBreaker':
          'ECS has a circuit breaker for rolling deployments only: alarms undo the others',
      });
    }
  }
}

function deploymentOf({ deployment, singleTask, alarms }: ServerServiceProps): Partial<ecs.FargateServiceProps> {
  const { twoGroups, ...settings } = deployment._settings;
  return {
    minHealthyPercent: singleTask ? 0 : settings.minHealthyPercent,
    maxHealthyPercent: singleTask ? 100 : settings.maxHealthyPercent,
    // Zones are balanced by starting a task before another one ends.
    availabilityZoneRebalancing: singleTask
      ? ecs.AvailabilityZoneRebalancing.DISABLED
      : ecs.AvailabilityZoneRebalancing.ENABLED,
    ...(twoGroups
      ? {
          deploymentStrategy: settings.strategy,
          bakeTime: settings.bakeTime,
          canaryConfiguration: settings.canary,
        }
      : { circuitBreaker: { rollback: true } }),
    ...(alarms.length > 0 && {
      deploymentAlarms: {
        alarmNames: alarms.map(({ alarmName }) => alarmName),
        behavior: ecs.AlarmBehavior.ROLLBACK_ON_ALARM,
      },
    }),
  };
}

/** Where more than one task runs, one of them stays when all of the spare capacity is taken away. */
function spotStrategy({ min }: TaskCount): ecs.CapacityProviderStrategy[] {
  const spot = { capacityProvider: 'FARGATE_SPOT', weight: 1 };
  return min > 1 ? [{ capacityProvider: 'FARGATE', base: 1, weight: 0 }, spot] : [spot];
}
