import type { Facts } from './facts.ts';
import { MILLIONS_PER_MONTH } from './prices.ts';

/** What a workload asks of its storage in a month. */
export interface Traffic {
  /** Millions of reads. */
  readonly reads: number;
  /** Millions of writes. */
  readonly writes: number;
  /** GB of live entries. */
  readonly storedGb: number;
  /** Size of an entry in KB. */
  readonly itemKb: number;
  /** MB per second through the network, both directions, on average. */
  readonly megabytesPerSecond: number;
  /** Whether a read must see the last write. */
  readonly strong: boolean;
}

/** Life of a cache entry in seconds: FastMCP's default for tools and resources. */
const CACHE_TTL_S = 3600;
/** A user who is active for 160 hours a month renews an hourly token as often. */
const RENEWALS_PER_USER_MONTH = 160;
/** A client, an upstream token and a refresh token. */
const ROWS_PER_USER = 3;

/**
 * With n million requests a month, hit ratio h and s KB per entry:
 *
 * - cache: n reads, n·(1−h) writes; what was written within the last hour is alive
 * - OAuth: a request is a login or a renewal: n strongly consistent reads and 2·n writes; users = n ÷ 160, three rows each
 */
export function trafficOf({ role, requestsPerSecond, hitRatio, itemSizeKb }: Facts): Traffic {
  const requests = requestsPerSecond * MILLIONS_PER_MONTH;
  const [reads, writes] = role === 'oauth' ? [requests, 2 * requests] : [requests, requests * (1 - hitRatio)];
  const entries =
    role === 'oauth'
      ? ((requests * 1e6) / RENEWALS_PER_USER_MONTH) * ROWS_PER_USER
      : requestsPerSecond * (1 - hitRatio) * CACHE_TTL_S;
  return {
    reads,
    writes,
    storedGb: (entries * itemSizeKb) / 1e6,
    itemKb: itemSizeKb,
    megabytesPerSecond: ((reads + writes) / MILLIONS_PER_MONTH) * (itemSizeKb / 1e3),
    strong: role === 'oauth',
  };
}
