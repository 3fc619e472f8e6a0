import { StoreThrottledError } from '../errors.ts';
import type { Node } from './node.ts';
import { repeated } from './repeat.ts';
import type { Servers } from './servers.ts';

/** How often a verb begins anew because others changed the entry meanwhile. */
const MAX_ROUNDS = 10;

/** Brings what a verb does to the nodes that hold its keys, and repeats it where that is called for. */
export class NodeCalls {
  readonly #servers: Servers;
  readonly #withinMs: number;

  /** @param timeoutMs milliseconds for a connection to be made, and as many for each answer */
  constructor(servers: Servers, timeoutMs: number) {
    this.#servers = servers;
    this.#withinMs = 2 * timeoutMs;
  }

  /**
   * Runs the action for each node with the keys that it holds.
   *
   * @param harmless whether it may be repeated however often after an attempt that may have been applied
   */
  async each(
    keys: readonly string[],
    harmless: boolean,
    action: (node: Node, keys: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const props = { harmless, withinMs: this.#withinMs };
    if (keys.length === 1) {
      return repeated(async () => action(await this.#servers.nodeFor(keys[0] ?? ''), keys), props);
    }
    const nodes = await repeated(() => this.#byNode(keys), { ...props, harmless: true });
    const calls = [...nodes].map(([node, ofNode]) => repeated(() => action(node, ofNode), props));
    for (const outcome of await Promise.allSettled(calls)) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /**
   * Runs rounds until one tells the outcome.
   *
   * @param harmless as for `each`
   * @throws {StoreThrottledError} when others change the entry in every round
   */
  rounds<T>(
    key: string,
    harmless: boolean,
    round: (node: Node) => Promise<{ readonly done: T } | undefined>,
  ): Promise<T> {
    const attempt = async (): Promise<T> => {
      const node = await this.#servers.nodeFor(key);
      for (let count = 0; count < MAX_ROUNDS; count++) {
        const outcome = await round(node);
        if (outcome) return outcome.done;
      }
      throw new StoreThrottledError(`an entry in memcached was changed by others ${MAX_ROUNDS} times meanwhile`);
    };
    return repeated(attempt, { harmless, withinMs: this.#withinMs });
  }

  close(): void {
    this.#servers.close();
  }

  async #byNode(keys: readonly string[]): Promise<Map<Node, string[]>> {
    const nodes = new Map<Node, string[]>();
    for (const key of keys) {
      const node = await this.#servers.nodeFor(key);
      const ofNode = nodes.get(node);
      if (ofNode) ofNode.push(key);
      else nodes.set(node, [key]);
    }
    return nodes;
  }
}
