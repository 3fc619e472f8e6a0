import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';

import { checkWholeNumber } from '../../private/limits.ts';

/** When tasks are added and taken away. */
export interface FargateScaling {
  /**
   * Average use of the CPU to aim at, in percent: 1 to 100.
   *
   * @default 60
   */
  readonly cpuPercent?: number;
  /**
   * Requests of a minute that each task should get, 1 or more. Only with `FargateDeployment.rolling()`: the others move
   * calls between two groups of tasks, of which CloudWatch counts one.
   *
   * @default 6000 with FargateDeployment.rolling() - about a third of a quarter core for calls that do nothing themselves
   */
  readonly requestsPerTask?: number;
}

const PERCENT = { min: 1, max: 100, unit: 'percent' };
const REQUESTS = { min: 1, unit: 'requests a minute' };
const DEFAULT_PERCENT = 60;
const DEFAULT_REQUESTS = 6000;

/** @throws Error when a target is none */
export function validateScaling(scaling: FargateScaling = {}): void {
  checkWholeNumber('scaling.cpuPercent', scaling.cpuPercent, PERCENT);
  checkWholeNumber('scaling.requestsPerTask', scaling.requestsPerTask, REQUESTS);
}

/** @param targetGroup the group whose requests are counted, where there is only one */
export function scaleOnLoad(
  tasks: ecs.ScalableTaskCount,
  { cpuPercent = DEFAULT_PERCENT, requestsPerTask = DEFAULT_REQUESTS }: FargateScaling,
  targetGroup: elbv2.ApplicationTargetGroup | undefined,
): void {
  tasks.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: cpuPercent });
  if (targetGroup) tasks.scaleOnRequestCount('Requests', { requestsPerTarget: requestsPerTask, targetGroup });
}
