import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { attribute, type TargetGroupState } from './network.ts';

/**
 * A task behind a load balancer.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 */
export class Target {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  state: 'initial' | 'healthy' | 'unhealthy' | 'draining' = 'initial';
  /** What the last health check found wrong. */
  reason = '';
  /** Requests that it is answering. */
  inFlight = 0;
  /** How many it was given. */
  requests = 0;
  /** Its open connections: a load balancer keeps them. */
  readonly agent = new Agent({ keepAlive: true });

  constructor(id: string, address: string, port: number) {
    this.id = id;
    this.address = address;
    this.port = port;
  }
}

/** The targets of a load balancer, and who of them may be given requests. */
export class TargetGroup {
  state: TargetGroupState;
  readonly targets = new Set<Target>();
  readonly #pace: number;
  readonly #startup: number;
  #turn = 0;

  /**
   * @param pace what the interval between health checks is multiplied by
   * @param startup milliseconds that a task has to listen, as a shorter interval makes no program start faster
   */
  constructor(state: TargetGroupState, pace: number, startup: number) {
    this.state = state;
    this.#pace = pace;
    this.#startup = startup;
  }

  register(id: string, address: string, port: number): Target {
    const target = new Target(id, address, port);
    this.targets.add(target);
    void this.#watch(target);
    return target;
  }

  /**
   * Gives a target no new requests; resolves when those that it has are answered, or after the deregistration delay,
   * when they are cut off. The delay is not shortened.
   *
   * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#deregistration-delay
   */
  async deregister(target: Target): Promise<void> {
    target.state = 'draining';
    const delay = Number(attribute(this.state.attributes, 'deregistration_delay.timeout_seconds', '300'));
    const end = Date.now() + delay * 1000;
    while (target.inFlight > 0 && Date.now() < end) await sleep(20);
    this.targets.delete(target);
    target.agent.destroy();
  }

  /** Takes a target out that has ended. */
  remove(target: Target): void {
    target.state = 'draining';
    this.targets.delete(target);
    target.agent.destroy();
  }

  /** Whose turn it is; `undefined` when nobody may be asked. */
  choose(): Target | undefined {
    const all = [...this.targets];
    const healthy = all.filter(({ state }) => state === 'healthy');
    // When all are unhealthy, all are asked.
    const able = healthy.length > 0 ? healthy : all.filter(({ state }) => state === 'unhealthy');
    if (
      attribute(this.state.attributes, 'load_balancing.algorithm.type', 'round_robin') === 'least_outstanding_requests'
    ) {
      const least = Math.min(...able.map(({ inFlight }) => inFlight));
      const idle = able.filter(({ inFlight }) => inFlight === least);
      return idle[this.#turn++ % idle.length];
    }
    return able[this.#turn++ % able.length];
  }

  async #watch(target: Target): Promise<void> {
    let passed = 0;
    let failed = 0;
    const listensBy = Date.now() + this.#startup;
    while (this.targets.has(target) && target.state !== 'draining') {
      const { state } = this;
      const problem = await check(target, state);
      // `draining` may have come in between.
      if (!this.targets.has(target) || (target.state as string) === 'draining') return;
      passed = problem === undefined ? passed + 1 : 0;
      const starts = problem?.answered === false && target.state === 'initial' && Date.now() < listensBy;
      failed = problem === undefined || starts ? 0 : failed + 1;
      if (problem) target.reason = problem.text;
      // A new target needs one success, whatever the threshold is.
      if (passed >= (target.state === 'initial' ? 1 : state.HealthyThresholdCount)) target.state = 'healthy';
      if (failed >= state.UnhealthyThresholdCount) target.state = 'unhealthy';
      await sleep(Math.max(100, state.HealthCheckIntervalSeconds * 1000 * this.#pace), undefined, {
        ref: false,
      });
    }
  }
}

/** @returns what is wrong, and whether anybody answered at all */
function check(
  { address, port }: Target,
  state: TargetGroupState,
): Promise<{ text: string; answered: boolean } | undefined> {
  const path = state.HealthCheckPath;
  const timeout = state.HealthCheckTimeoutSeconds * 1000;
  return new Promise((resolve) => {
    const headers = { host: `${address}:${port}`, 'user-agent': 'ELB-HealthChecker/2.0' };
    const request = get({ host: address, port, path, headers, agent: false, timeout }, (answer) => {
      const code = answer.statusCode ?? 0;
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(0, 200)));
      answer.on('close', () => {
        const right = matches(code, state.Matcher.HttpCode);
        const wrong = `GET ${path}: health checks failed with these codes: [${code}] ${text.trim()}`.trim();
        resolve(right ? undefined : { text: wrong, answered: true });
      });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer in ${timeout} ms`)));
    request.on('error', (error) => {
      resolve({ text: `GET ${path}: ${error.message}`, answered: false });
    });
  });
}

/** `200`, `200,202` or `200-299`. */
function matches(code: number, matcher: string): boolean {
  return matcher.split(',').some((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return code >= (from ?? 0) && code <= (to ?? 0);
  });
}
