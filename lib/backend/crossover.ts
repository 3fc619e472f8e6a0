import type { BackendName } from './backends.ts';
import { costTotal } from './cost-option.ts';
import { costOptions } from './cost.ts';
import type { Facts } from './facts.ts';
import type { Rating } from './table.ts';

/** Where two backends cost the same. */
export interface Crossover {
  /** Cheaper below. */
  readonly below: BackendName;
  /** Cheaper above. */
  readonly above: BackendName;
  readonly requestsPerSecond: number;
}

const MIN_RATE = 0.001;
const MAX_RATE = 1e5;
const STEP = 1.1;
const BISECTIONS = 60;

/**
 * The lowest rate in requests per second, up to 100,000, from which on the second cost is the lower one.
 *
 * @returns undefined when it never is, or always
 */
export function crossoverRate(first: (rate: number) => number, second: (rate: number) => number): number | undefined {
  if (second(MIN_RATE) < first(MIN_RATE)) return undefined;
  for (let rate = MIN_RATE; rate < MAX_RATE; rate *= STEP) {
    if (second(rate * STEP) < first(rate * STEP)) return bisect(rate, rate * STEP, (x) => second(x) < first(x));
  }
  return undefined;
}

function bisect(low: number, high: number, reached: (rate: number) => boolean): number {
  let [below, above] = [low, high];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (below + above) / 2;
    if (reached(middle)) above = middle;
    else below = middle;
  }
  return above;
}

/** Where the first of the ranking and those as good as it change places by cost. */
export function crossoversOf(
  ranking: readonly { readonly backend: BackendName; readonly rating: Rating }[],
  facts: Facts,
): Crossover[] {
  const [first, ...others] = ranking;
  if (!first) return [];
  const exists = (name: BackendName) => facts.existing.includes(name);
  const costAt = (name: BackendName) => (requestsPerSecond: number) =>
    Math.min(...costOptions(name, { ...facts, requestsPerSecond }).map(costTotal));
  return others
    .filter(({ rating, backend }) => rating === first.rating && exists(backend) === exists(first.backend))
    .flatMap(({ backend }) => {
      const rising = crossoverRate(costAt(first.backend), costAt(backend));
      if (rising !== undefined) return [{ below: first.backend, above: backend, requestsPerSecond: rising }];
      const falling = crossoverRate(costAt(backend), costAt(first.backend));
      return falling === undefined ? [] : [{ below: backend, above: first.backend, requestsPerSecond: falling }];
    });
}
