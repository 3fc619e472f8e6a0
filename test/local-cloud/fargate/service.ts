import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Deployment, describeTroubles, isHealthy, type Member, toleratedBy, versionOf } from './deployment.ts';
import type { ServiceProps } from './service-props.ts';
import type { TargetGroup } from './target-group.ts';
import type { Task } from './task.ts';
import { isTrue, type TaskDefinition } from './task-definition.ts';

/** What a service needs of its surroundings. */
export interface ServiceHost {
  /** @throws Error when it cannot be started */
  start(id: string, definition: TaskDefinition, port: number): Promise<Task>;
  targetGroup(arn: string): TargetGroup;
  /** What health-check times are multiplied by. */
  readonly pace: number;
  /** Milliseconds within which a deployment must be stable, when no circuit breaker ends it. */
  readonly patience: number;
}

/**
 * A service of ECS: keeps as many tasks as desired, and rolls a new version out between its minimum and maximum of healthy
 * tasks. With the circuit breaker, a version whose tasks keep failing is given up.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 */
export class Service {
  readonly arn: string;
  /** Newest first. */
  readonly deployments: Deployment[] = [];
  /** What happened, one line each. */
  readonly events: string[] = [];
  readonly members = new Set<Member>();
  desired = 0;
  readonly #host: ServiceHost;
  #closed = false;
  #starting = 0;
  #loop: Promise<void> | undefined;

  constructor(arn: string, host: ServiceHost) {
    this.arn = arn;
    this.#host = host;
  }

  /** Deploys, and resolves when the service is stable. @throws Error with the cause when it does not become so */
  async deploy(props: ServiceProps, taskDefinition: TaskDefinition): Promise<void> {
    const primary = this.deployments[0];
    // What is not in the template is left as it is: autoscaling may have set it.
    if (props.DesiredCount !== undefined) this.desired = Number(props.DesiredCount);
    else if (!primary) this.desired = 1;
    const same = primary && primary.state !== 'FAILED' && versionOf(primary) === versionOf({ props, taskDefinition });
    if (!same) this.#begin(props, taskDefinition);
    this.#loop ??= this.#run();
    await this.#settle(this.deployments[0]!);
  }

  /** Sets the number of tasks, and resolves when there are so many. */
  async scale(desired: number): Promise<void> {
    this.desired = desired;
    await this.#settle(this.deployments[0]!);
  }

  /** Drains and stops all tasks. */
  async remove(): Promise<void> {
    this.desired = 0;
    this.#closed = true;
    await this.#loop;
    while (this.#starting > 0) await sleep(20);
    await Promise.all([...this.members].map((member) => this.#stop(member, 'Service deleted')));
  }

  #begin(props: ServiceProps, taskDefinition: TaskDefinition): void {
    const id = `ecs-svc/${randomBytes(8).toString('hex')}`;
    const deployment: Deployment = { id, taskDefinition, props, state: 'IN_PROGRESS', failedTasks: 0, failures: [] };
    this.deployments.unshift(deployment);
    this.#tell(`deployment ${id} of ${taskDefinition.arn} has started`);
  }

  async #settle(deployment: Deployment): Promise<void> {
    const end = Date.now() + this.#host.patience;
    while (!this.#closed) {
      if (deployment.state === 'FAILED') throw new Error(deployment.reason);
      if (deployment.state === 'COMPLETED' && this.#isStable(deployment)) return;
      if (Date.now() > end) {
        throw new Error(
          `the service did not become stable in ${this.#host.patience / 1000} s: ${describeTroubles(deployment, this.members, this.desired)}`,
        );
      }
      await sleep(20);
    }
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      this.#step();
      await sleep(50, undefined, { ref: false });
    }
  }

  /** Looks at all tasks, and starts and stops what is due. */
  #step(): void {
    const primary = this.deployments[0]!;
    for (const member of this.members) this.#look(member, primary);
    if (primary.state === 'FAILED') return;
    const staying = [...this.members].filter(({ leaving }) => leaving === undefined);
    const mine = staying.filter(({ deployment }) => deployment === primary);
    const old = staying.filter(({ deployment }) => deployment !== primary);
    const { MaximumPercent = 200, MinimumHealthyPercent = 100 } = primary.props.DeploymentConfiguration ?? {};
    const most = Math.max(Math.floor((this.desired * Number(MaximumPercent)) / 100), 0);
    const least = Math.ceil((this.desired * Number(MinimumHealthyPercent)) / 100);

    const room = Math.min(this.desired - mine.length, most - staying.length) - this.#starting;
    for (let index = 0; index < room; index++) this.#start(primary);
    for (const member of mine.slice(this.desired)) void this.#stop(member, 'Scaling activity initiated by deployment');

    let healthy = staying.filter((member) => isHealthy(member)).length;
    for (const member of old) {
      const counts = isHealthy(member);
      if (counts && healthy - 1 < least) continue;
      if (counts) healthy--;
      void this.#stop(member, `Scaling activity initiated by (deployment ${primary.id})`);
    }
    if (primary.state === 'IN_PROGRESS' && this.#isStable(primary)) {
      primary.state = 'COMPLETED';
      this.#tell(`deployment ${primary.id} is completed`);
    }
  }

  #isStable(deployment: Deployment): boolean {
    const all = [...this.members];
    return (
      this.#starting === 0 &&
      all.length === this.desired &&
      all.every((member) => member.deployment === deployment && member.leaving === undefined && isHealthy(member))
    );
  }

  #look(member: Member, primary: Deployment): void {
    const { task, deployment, targets } = member;
    if (member.leaving !== undefined) return;
    const grace = Number(deployment.props.HealthCheckGracePeriodSeconds ?? 0) * 1000 * this.#host.pace;
    const sick = targets.find(({ target }) => target.state === 'unhealthy');
    if (task.exitCode === undefined && sick && Date.now() - task.startedAt > grace) {
      task.reason = `Task failed ELB health checks: ${sick.target.reason}`;
    }
    const failed = task.exitCode !== undefined || task.health === 'UNHEALTHY' || (sick && task.reason !== undefined);
    if (!failed) return;
    if (task.exitCode === undefined)
      void this.#stop(member, task.reason ?? 'unhealthy').then(() => {
        this.#count(member, primary);
      });
    else {
      void this.#stop(member, task.reason ?? 'ended');
      this.#count(member, primary);
    }
  }

  #count({ task, deployment }: Member, primary: Deployment): void {
    this.#tell(`task ${task.id} ended: ${task.describeEnd()}`);
    if (deployment === primary && deployment.state === 'IN_PROGRESS') this.#fail(deployment, task.describeEnd());
  }

  #fail(deployment: Deployment, reason: string): void {
    deployment.failedTasks++;
    deployment.failures.push(reason);
    const breaker = deployment.props.DeploymentConfiguration?.DeploymentCircuitBreaker;
    if (
      !isTrue(breaker?.Enable) ||
      deployment.failedTasks < toleratedBy(this.desired) ||
      deployment.state !== 'IN_PROGRESS'
    )
      return;
    deployment.state = 'FAILED';
    deployment.reason = `ECS Deployment Circuit Breaker was triggered: ${describeTroubles(deployment, this.members, this.desired)}`;
    this.#tell(`deployment ${deployment.id} failed: tasks failed to start`);
    const last = this.deployments.find(({ state }) => state === 'COMPLETED');
    for (const member of this.members)
      if (!last && member.deployment === deployment) void this.#stop(member, deployment.reason);
    if (!isTrue(breaker?.Rollback) || !last) return;
    this.#tell(`rolling back to ${last.taskDefinition.arn}`);
    this.#begin(last.props, last.taskDefinition);
    // The tasks of that version that still run belong to the new deployment of it.
    const again = this.deployments[0]!;
    for (const member of [...this.members]) {
      if (member.deployment !== last) continue;
      this.members.delete(member);
      this.members.add({ ...member, deployment: again });
    }
  }

  #start(deployment: Deployment): void {
    this.#starting++;
    const balancers = deployment.props.LoadBalancers ?? [];
    const port = Number(balancers[0]?.ContainerPort ?? deployment.taskDefinition.port ?? 8080);
    const id = randomBytes(16).toString('hex');
    void this.#host
      .start(id, deployment.taskDefinition, port)
      .then((task) => {
        const groups = balancers.flatMap(({ TargetGroupArn: arn }) =>
          arn === undefined ? [] : [this.#host.targetGroup(arn)],
        );
        const targets = groups.map((group) => ({ group, target: group.register(id, task.address, task.port) }));
        const member: Member = { task, deployment, targets };
        this.members.add(member);
        this.#tell(`task ${id} of ${deployment.id} has started at ${task.address}:${task.port}`);
        if (this.#closed || this.deployments[0] !== deployment) void this.#stop(member, 'Scaling activity');
      })
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#tell(`a task could not be started: ${reason}`);
        if (this.deployments[0] === deployment) this.#fail(deployment, reason);
      })
      .finally(() => {
        this.#starting--;
      });
  }

  /** No new requests, then those under way, then SIGTERM, then the stop timeout. */
  #stop(member: Member, reason: string): Promise<void> {
    member.leaving ??= (async () => {
      const { task, targets } = member;
      if (task.exitCode === undefined) await Promise.all(targets.map(({ group, target }) => group.deregister(target)));
      else for (const { group, target } of targets) group.remove(target);
      await task.stop(reason);
      this.#tell(`task ${task.id} was stopped: ${task.reason ?? reason}, exit code ${task.exitCode ?? '?'}`);
      for (const other of this.members) if (other.task === task) this.members.delete(other);
    })();
    return member.leaving;
  }

  #tell(line: string): void {
    this.events.push(line);
  }
}
