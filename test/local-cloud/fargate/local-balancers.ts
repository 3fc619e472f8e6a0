import { BalancerListener } from './balancer.ts';
import type { Failure } from './balancer-answers.ts';
import type { NetworkState } from './network.ts';
import { TargetGroup } from './target-group.ts';

/** The load balancers that are deployed, each listener on a port of loopback. */
export class LocalBalancers {
  readonly #listeners = new Map<string, BalancerListener>();
  readonly #groups = new Map<string, TargetGroup>();
  readonly #pace: number;
  readonly #startup: number;
  #updating: Promise<void> = Promise.resolve();

  /** @see TargetGroup */
  constructor(pace: number, startup: number) {
    this.#pace = pace;
    this.#startup = startup;
  }

  /** Takes over what the emulator has now. */
  update(state: NetworkState): Promise<void> {
    this.#updating = this.#updating.then(() => this.#update(state));
    return this.#updating;
  }

  /** @throws Error when no such target group is deployed */
  group(arn: string): TargetGroup {
    const group = this.#groups.get(arn);
    if (!group) throw new Error(`no target group ${arn} is deployed`);
    return group;
  }

  /** Answers that the load balancers had to give themselves: 502, 503 and 504. */
  get failures(): readonly Failure[] {
    return [...this.#listeners.values()].flatMap(({ failures }) => failures);
  }

  /**
   * The address at which a client of this machine reaches a load balancer; tasks see the name that was asked for.
   *
   * @param url with the DNS name of a load balancer; or with a name of one's own, when there is one load balancer only
   * @throws Error when it leads to no listener
   */
  reach(url: string): string {
    const { protocol, hostname, port, pathname, search } = new URL(url);
    const wanted = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
    const all = [...this.#listeners.values()];
    const named = all.filter(({ config }) => config.loadBalancer.DNSName.toLowerCase() === hostname.toLowerCase());
    const names = new Set(all.map(({ config }) => config.loadBalancer.DNSName));
    const candidates = named.length > 0 || names.size > 1 ? named : all;
    const found = candidates.find(({ config }) => Number(config.listener.Port) === wanted);
    if (!found) {
      const known = all.map(({ config: { loadBalancer, listener } }) => `${loadBalancer.DNSName}:${listener.Port}`);
      throw new Error(`"${url}" leads to no load balancer that is deployed: ${known.join(', ') || 'there is none'}`);
    }
    found.name = hostname.toLowerCase();
    return `http://${found.host}${pathname}${search}`;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listeners.values()].map((listener) => listener.close()));
    this.#listeners.clear();
    for (const group of this.#groups.values()) for (const target of [...group.targets]) group.remove(target);
  }

  async #update(state: NetworkState): Promise<void> {
    for (const group of state.targetGroups) {
      const known = this.#groups.get(group.TargetGroupArn);
      if (known) known.state = group;
      else this.#groups.set(group.TargetGroupArn, new TargetGroup(group, this.#pace, this.#startup));
    }
    for (const listener of state.listeners) {
      const loadBalancer = state.loadBalancers.find(({ LoadBalancerArn: arn }) => arn === listener.LoadBalancerArn);
      if (!loadBalancer) continue;
      const rules = state.rules.filter(({ ListenerArn: arn }) => arn === listener.ListenerArn);
      const config = { loadBalancer, listener, rules };
      const known = this.#listeners.get(listener.ListenerArn);
      if (known) {
        known.config = config;
      } else {
        const opened = new BalancerListener(config, this.#groups);
        await opened.open();
        this.#listeners.set(listener.ListenerArn, opened);
      }
    }
    for (const [arn, listener] of this.#listeners) {
      if (state.listeners.some(({ ListenerArn }) => ListenerArn === arn)) continue;
      this.#listeners.delete(arn);
      await listener.close();
    }
  }
}
