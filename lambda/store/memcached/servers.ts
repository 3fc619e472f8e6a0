import { StoreRejectedError } from '../errors.ts';
import type { Address, Limits } from './connection.ts';
import { Node } from './node.ts';
import { Ring } from './ring.ts';

/** The servers of a store. */
export interface Servers {
  /** The node that holds this key. */
  nodeFor(key: string): Node | Promise<Node>;
  close(): void;
}

/** A store of one server, or of one address that stands for many. */
export class OneServer implements Servers {
  readonly #node: Node;

  constructor(address: () => Promise<Address>, limits: Limits) {
    this.#node = new Node('', address, limits);
  }

  nodeFor(): Node {
    return this.#node;
  }

  close(): void {
    this.#node.close();
  }
}

/** Milliseconds after which the list of nodes is asked for again, and at least between two attempts to. */
const FRESH = 60_000;
const BETWEEN = 1_000;
const HOST = /^[A-Za-z0-9.-]{1,253}$/;

/**
 * The nodes behind the configuration endpoint of an ElastiCache cluster, which tells their addresses. The list is asked for
 * at the first call, and from then on once a minute, beside the calls: they use the list that is known meanwhile, also when
 * the endpoint does not answer.
 */
export class DiscoveredServers implements Servers {
  readonly #address: () => Promise<Address>;
  readonly #limits: Limits;
  readonly #endpoint: Node;
  readonly #now: () => number;
  #nodes = new Map<string, Node>();
  #ring: Ring<Node> | undefined;
  #learnt = -Infinity;
  #asked = -Infinity;
  #asking: Promise<void> | undefined;
  #closed = false;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(address: () => Promise<Address>, limits: Limits, now: () => number = () => performance.now()) {
    this.#address = address;
    this.#limits = limits;
    this.#endpoint = new Node('', address, limits);
    this.#now = now;
  }

  nodeFor(key: string): Node | Promise<Node> {
    const ring = this.#ring;
    if (!ring) return this.#ask().then(() => (this.#ring as Ring<Node>).nodeFor(key));
    const now = this.#now();
    if (now - this.#learnt > FRESH && now - this.#asked > BETWEEN) void this.#ask().catch(() => undefined);
    return ring.nodeFor(key);
  }

  close(): void {
    this.#closed = true;
    for (const node of [this.#endpoint, ...this.#nodes.values()]) node.close();
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#learn().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #learn(): Promise<void> {
    this.#asked = this.#now();
    const [reply] = await this.#endpoint.call('config get cluster\r\n', 1);
    const names = namesOf(reply?.blocks[0]?.text ?? '');
    if (names.length === 0) {
      throw new StoreRejectedError(
        'the memcached server tells no nodes; discovery=true is for the configuration endpoint of a node-based cluster',
      );
    }
    this.#learnt = this.#now();
    if (names.length === this.#nodes.size && names.every((name) => this.#nodes.has(name))) return;
    const before = this.#nodes;
    this.#nodes = new Map(names.map((name) => [name, before.get(name) ?? this.#node(name)]));
    this.#ring = new Ring([...this.#nodes.values()]);
    for (const [name, node] of before) if (!this.#nodes.has(name)) node.close();
    if (this.#closed) this.close();
  }

  #node(name: string): Node {
    const [host = '', port] = name.split(':');
    return new Node(name, async () => ({ ...(await this.#address()), host, port: Number(port) }), this.#limits);
  }
}

/** `version\nhost|address|port host|address|port\n`, the address being empty where only the name is to be used. */
function namesOf(text: string): string[] {
  const [, list = ''] = text.split('\n');
  const nodes = list.trim().split(' ').filter(Boolean);
  return nodes.flatMap((node) => {
    const [name = '', address = '', port = ''] = node.split('|');
    const host = name || address;
    return HOST.test(host) && /^\d{1,5}$/.test(port) ? [`${host}:${port}`] : [];
  });
}
