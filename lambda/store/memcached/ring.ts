import { hash } from 'node:crypto';

/** Points of each node on the ring: enough that the shares of nodes differ by a few per cent only. */
const POINTS = 160;
/** Points that one SHA-256 gives. */
const PER_HASH = 8;

/**
 * Which node holds a key: the first of whose points is not before that of the key. A node that comes or goes moves only the
 * keys that are its own.
 */
export class Ring<T extends { readonly name: string }> {
  readonly #points: Uint32Array;
  readonly #owners: readonly T[];

  /** @param nodes at least one */
  constructor(nodes: readonly T[]) {
    const all = nodes.flatMap((node) => pointsOf(node.name).map((point) => ({ point, node })));
    all.sort((a, b) => a.point - b.point || (a.node.name < b.node.name ? -1 : 1));
    this.#points = Uint32Array.from(all, ({ point }) => point);
    this.#owners = all.map(({ node }) => node);
  }

  nodeFor(key: string): T {
    const point = hash('sha256', key, 'buffer').readUInt32BE(0);
    let [low, high] = [0, this.#points.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#points[middle] ?? 0) < point) low = middle + 1;
      else high = middle;
    }
    return this.#owners[low % this.#owners.length] as T;
  }
}

function pointsOf(name: string): number[] {
  return Array.from({ length: POINTS / PER_HASH }, (_, index) => hash('sha256', `${name}-${index}`, 'buffer')).flatMap(
    (bytes) => Array.from({ length: PER_HASH }, (_, part) => bytes.readUInt32BE(part * 4)),
  );
}
