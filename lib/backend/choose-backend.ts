import type { BackendName } from './backends.ts';
import { BACKEND_NAMES, BACKENDS, titles } from './backends.ts';
import type { CostPart, Nodes } from './cost-option.ts';
import { costTotal } from './cost-option.ts';
import { costOptions } from './cost.ts';
import type { Crossover } from './crossover.ts';
import { crossoversOf } from './crossover.ts';
import type { Facts } from './facts.ts';
import { readWorkload } from './facts.ts';
import { PRICED } from './prices.ts';
import { columnOf, groundsAgainst, latencyOf } from './refusals.ts';
import type { Rating } from './table.ts';
import { COLUMNS, RATINGS, TABLE } from './table.ts';
import type { Workload } from './workload.ts';

/** A backend that can serve the workload. */
export interface RankedBackend {
  readonly backend: BackendName;
  readonly rating: Rating;
  readonly reasons: readonly string[];
  /** Storage only, in USD at list prices. */
  readonly monthlyUsd: number;
  /** The cheapest way to have it that has room for the workload. */
  readonly as: string;
  /** The nodes of a cache; without any it is serverless. */
  readonly nodes?: Nodes;
  readonly bill: readonly CostPart[];
}

/** A backend that cannot, why, and what would change that. */
export interface RefusedBackend {
  readonly backend: BackendName;
  readonly reason: string;
  readonly remedy: string;
}

/** The answer. */
export interface Choice {
  /** The workload with everything that was assumed. */
  readonly workload: Facts;
  /** What can serve, the best first. Empty when nothing can. */
  readonly ranking: readonly RankedBackend[];
  /** What cannot serve, in the order of the table. */
  readonly refused: readonly RefusedBackend[];
  /** Where the cheapest of the equally good becomes another. */
  readonly crossovers: readonly Crossover[];
  readonly priced: typeof PRICED;
}

/**
 * Walks FastMCP's decision tree for a workload: just starting → memory; one server that must persist → disk; several servers
 * or the cloud → Redis, Valkey or DynamoDB; existing infrastructure → the backend that matches it. Equals are ranked by cost.
 *
 * Calls nothing: the same workload always has the same answer.
 *
 * @throws {WorkloadError} that names the field that is wrong, its value, and what to write instead
 */
export function chooseBackend(workload: Workload = {}): Choice {
  const facts = readWorkload(workload);
  const considered = BACKEND_NAMES.map((backend) => ({ backend, grounds: groundsAgainst(backend, facts) }));
  const ranking = considered
    .filter(({ grounds }) => grounds.length === 0)
    .map(({ backend }) => rank(backend, facts))
    .sort((a, b) => compare(a, b, facts));
  const instead = ranking[0] ? `, or use ${titles([ranking[0].backend])}` : '';
  const refused = considered
    .filter(({ grounds }) => grounds.length > 0)
    .map(({ backend, grounds }) => ({
      backend,
      reason: grounds.map(({ reason }) => reason).join('; '),
      remedy: [...new Set(grounds.map(({ change }) => change))].join(' and ') + instead,
    }));
  return { workload: facts, ranking, refused, crossovers: crossoversOf(ranking, facts), priced: PRICED };
}

function rank(backend: BackendName, facts: Facts): RankedBackend {
  const option = costOptions(backend, facts)[0] ?? { as: BACKENDS[backend].title, nodes: undefined, parts: [] };
  const column = columnOf(facts);
  const { rating, reason, source } = TABLE[backend][column];
  const exists = facts.existing.includes(backend);
  const reasons = [
    ...(exists ? ['it exists already'] : []),
    `${rating === 'no' ? 'not meant' : rating} for ${COLUMNS[column]} (${source}): ${reason}`,
  ];
  if (rating === 'no' && !exists) reasons.push('a deployment to AWS has one');
  if (facts.role === 'oauth') reasons.push(...oauthReasons(backend, facts));
  if (facts.latencyMs !== undefined) {
    reasons.push(`a read typically takes ${latencyOf(backend, facts)} ms, and ${facts.latencyMs} ms are allowed`);
  }
  return {
    backend,
    // What the guide does not mean for development can still be used there when it costs no effort.
    rating: rating === 'no' ? 'limited' : rating,
    reasons,
    monthlyUsd: costTotal(option),
    as: option.as,
    nodes: option.nodes,
    bill: option.parts,
  };
}

function oauthReasons(backend: BackendName, { environment }: Facts): string[] {
  const { losesWrites } = BACKENDS[backend];
  if (losesWrites === 'never') return ['an acknowledged write is kept'];
  if (environment === 'development') return ['tokens may be lost, which development can bear'];
  return ['a failover may lose tokens that were issued, which allowLostWrites accepts'];
}

/** "Just starting" is asked before "existing infrastructure": in development what exists is merely not refused. */
function compare(a: RankedBackend, b: RankedBackend, facts: Facts): number {
  const existing = ({ backend }: RankedBackend): number =>
    facts.environment === 'production' && facts.existing.includes(backend) ? 0 : 1;
  return (
    existing(a) - existing(b) ||
    RATINGS.indexOf(a.rating) - RATINGS.indexOf(b.rating) ||
    cents(a) - cents(b) ||
    latencyOf(a.backend, facts) - latencyOf(b.backend, facts) ||
    BACKEND_NAMES.indexOf(a.backend) - BACKEND_NAMES.indexOf(b.backend)
  );
}

/** Differences below a cent are noise of the model. */
function cents({ monthlyUsd }: RankedBackend): number {
  return Math.round(monthlyUsd * 100);
}
