import type { ServiceProps } from './service-props.ts';
import type { Target, TargetGroup } from './target-group.ts';
import type { Task } from './task.ts';
import type { TaskDefinition } from './task-definition.ts';

/** A rollout of one version of a service. */
export interface Deployment {
  readonly id: string;
  readonly taskDefinition: TaskDefinition;
  readonly props: ServiceProps;
  state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  /** Why it failed. */
  reason?: string;
  /** Tasks that ended or were stopped before they were healthy. */
  failedTasks: number;
  /** What was wrong with each of them. */
  readonly failures: string[];
}

/** A task in its service. */
export interface Member {
  readonly task: Task;
  readonly deployment: Deployment;
  readonly targets: readonly { readonly group: TargetGroup; readonly target: Target }[];
  /** Settles when it has been drained and has ended. */
  leaving?: Promise<void>;
}

/** Whether a task counts: it runs, its own check says so if it has one, and its load balancers ask it. */
export function isHealthy({ task, targets }: Member): boolean {
  const inside = task.definition.healthCheck === undefined || task.health === 'HEALTHY';
  return task.exitCode === undefined && inside && targets.every(({ target }) => target.state === 'healthy');
}

/** What makes tasks different from those that run: a change of anything else starts none. */
export function versionOf({ props, taskDefinition }: Pick<Deployment, 'props' | 'taskDefinition'>): string {
  const { LoadBalancers, NetworkConfiguration, ForceNewDeployment, PlatformVersion } = props;
  return JSON.stringify([taskDefinition.arn, LoadBalancers, NetworkConfiguration, ForceNewDeployment, PlatformVersion]);
}

/**
 * After how many failed tasks the circuit breaker gives a deployment up.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 */
export function toleratedBy(desired: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desired / 2)));
}

/** Why a deployment is not stable: what the last failed task said, or what those that are waited for do. */
export function describeTroubles(deployment: Deployment, members: ReadonlySet<Member>, desired: number): string {
  const last = deployment.failures.at(-1);
  if (last !== undefined) return `${deployment.failedTasks} tasks failed, the last: ${last}`;
  const waiting = [...members].filter((member) => !isHealthy(member));
  const said = waiting.map(({ task, targets }) => {
    const why = targets.map(({ target }) => `${target.state} ${target.reason}`.trim()).join(', ');
    const printed = task.log.length > 0 ? `; it printed: ${task.log.slice(-5).join(' | ')}` : '';
    return `task ${task.id} is ${why || task.health}${printed}`;
  });
  return said.join('; ') || `${members.size} of ${desired} tasks run`;
}
