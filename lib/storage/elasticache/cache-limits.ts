/** Data that a serverless cache holds. */
export const STORAGE = { min: 1, max: 5000, unit: 'GiB' };
/** What a serverless cache does per second, of Valkey and Redis OSS as of Memcached. */
export const MAX_ECPU = { min: 1000, max: 15_000_000, unit: 'processing units per second' };
/** Days that automatic snapshots are kept. */
export const DAYS_KEPT = { min: 0, max: 35, unit: 'days' };
/** Subnets of a serverless cache, each in a zone of its own. */
export const SERVERLESS_SUBNETS = { min: 2, max: 3 };
/** Shards of a cluster, before asking AWS for more. */
export const SHARDS = { min: 1, max: 90, unit: 'shards' };
/** Replicas of each primary. */
export const REPLICAS = { min: 0, max: 5, unit: 'replicas of each shard' };
/** Nodes of a Memcached cluster, before asking AWS for more. */
export const MEMCACHED_NODES = { min: 1, max: 60, unit: 'nodes' };
/** Ports that a cache may listen on. */
export const PORTS = { min: 1024, max: 65_535, unit: 'a port' };

export const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
/** A span of time every day, such as `03:00-04:00`. */
export const DAILY_WINDOW = /^(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d$/;
/** A span of time every week, such as `sun:23:00-mon:01:30`. */
export const WEEKLY_WINDOW =
  /^(?:mon|tue|wed|thu|fri|sat|sun):(?:[01]\d|2[0-3]):[0-5]\d-(?:mon|tue|wed|thu|fri|sat|sun):(?:[01]\d|2[0-3]):[0-5]\d$/;
export const NODE_TYPE = /^cache\.[a-z0-9-]+\.[a-z0-9]+$/;
/** Families of nodes that keep a log of writes in several zones. */
export const DURABLE_FAMILY = /^cache\.(?:[mr][678]g|c[78]gn)\./;

/** @throws Error when the text is given and does not match; the example says what would */
export function checkText(name: string, value: string | undefined, pattern: RegExp, example: string): void {
  if (value === undefined || pattern.test(value)) return;
  throw new Error(`${name} must be as ${JSON.stringify(example)}, got ${JSON.stringify(value)}`);
}
