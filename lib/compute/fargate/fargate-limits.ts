import { Duration, Token } from 'aws-cdk-lib';

import { checkWholeNumber } from '../../private/limits.ts';
import { refuseSnapshot } from '../../private/removal.ts';
import type { FargateComputeProps } from './fargate-compute-props.ts';
import { checkFargateInput } from './fargate-input.ts';
import { validateHealthCheck } from './fargate-health-check.ts';
import { validateScaling } from './fargate-scaling.ts';
import { ServerCluster } from './server-cluster.ts';

/** Memory in MiB that goes with CPU units: from, to, in steps. */
interface Memory {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

const GIB = 1024;
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
const MEMORY_OF: Readonly<Record<number, Memory>> = {
  256: { min: 512, max: 2 * GIB, step: 512 }, // 1.5 GiB is no step of it
  512: { min: GIB, max: 4 * GIB, step: GIB },
  1024: { min: 2 * GIB, max: 8 * GIB, step: GIB },
  2048: { min: 4 * GIB, max: 16 * GIB, step: GIB },
  4096: { min: 8 * GIB, max: 30 * GIB, step: GIB },
  8192: { min: 16 * GIB, max: 60 * GIB, step: 4 * GIB },
  16384: { min: 32 * GIB, max: 120 * GIB, step: 8 * GIB },
};
const DEFAULT_CPU = 256;
const TASKS = { min: 1, unit: 'tasks' };
const IDLE_SECONDS = { min: 1, max: 4000, unit: 'seconds' };
const STOP_SECONDS = { min: 10, max: 120, unit: 'seconds' };

/** @throws Error when a value is outside of the limits of Fargate and of load balancers, or two do not go together */
export function validateFargate(props: FargateComputeProps): void {
  checkFargateInput(props);
  sizeOf(props);
  checkWholeNumber('minTasks', props.minTasks, TASKS);
  checkWholeNumber('maxTasks', props.maxTasks, TASKS);
  if (props.minTasks !== undefined && props.maxTasks !== undefined && props.minTasks > props.maxTasks) {
    throw new Error(`minTasks ${props.minTasks} is more than maxTasks ${props.maxTasks}: raise maxTasks`);
  }
  checkSeconds('idleTimeout', props.idleTimeout, IDLE_SECONDS);
  checkSeconds('stopTimeout', props.stopTimeout, STOP_SECONDS);
  validateScaling(props.scaling);
  validateHealthCheck(props.healthCheck);
  refuseSnapshot('a log group', props.logRemovalPolicy, 'logRemovalPolicy');
  if (props.scaling?.requestsPerTask !== undefined && props.deployment?._settings.twoGroups === true) {
    throw new Error(
      'scaling.requestsPerTask counts the calls of one group of tasks, and this deployment has two: leave it out, scale ' +
        'by cpuPercent, or use FargateDeployment.rolling()',
    );
  }
  if (props.vpc && props.cluster && props.vpc !== props.cluster.vpc) {
    throw new Error('vpc and the network of the cluster are two networks: give McpCompute.fargate() one of them');
  }
  if (props.spot === true && props.cluster instanceof ServerCluster && !props.cluster.spot) {
    throw new Error(
      'spot needs a cluster with the capacity providers of Fargate, and that of the other server has none: leave out cluster, ' +
        'which costs nothing, give that server spot: true, too, or share new ecs.Cluster(…, { enableFargateCapacityProviders: true })',
    );
  }
  if (!props.vpc && !props.cluster && props.vpcSubnets) {
    throw new Error('vpcSubnets need the network that they are in: add vpc to McpCompute.fargate()');
  }
}

/**
 * CPU units and memory in MiB of a task.
 *
 * @throws Error when Fargate has no such pair; it names those that it has
 */
export function sizeOf({ cpu = DEFAULT_CPU, memory }: FargateComputeProps): { cpu: number; memory: number } {
  if (Token.isUnresolved(cpu)) {
    if (memory === undefined) throw new Error('cpu is known only at deployment: say which memory goes with it');
    return { cpu, memory };
  }
  const range = Object.hasOwn(MEMORY_OF, cpu) ? MEMORY_OF[cpu] : undefined;
  if (!range) {
    throw new Error(`cpu must be one of ${Object.keys(MEMORY_OF).join(', ')} units, 1024 of them a core, got ${cpu}`);
  }
  if (memory === undefined || Token.isUnresolved(memory)) return { cpu, memory: memory ?? range.min };
  const fits = memory >= range.min && memory <= range.max && memory % range.step === 0;
  if (!fits || (cpu === DEFAULT_CPU && memory === 1536)) {
    const choices =
      cpu === DEFAULT_CPU ? '512, 1024 or 2048' : `${range.min} to ${range.max} in steps of ${range.step}`;
    throw new Error(`memory must be ${choices} MiB with a cpu of ${cpu}, got ${memory}`);
  }
  return { cpu, memory };
}

function checkSeconds(name: string, duration: Duration | undefined, range: typeof IDLE_SECONDS): void {
  if (!duration || duration.isUnresolved()) return;
  checkWholeNumber(name, duration.toSeconds({ integral: false }), range);
}
