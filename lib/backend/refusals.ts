import type { BackendName } from './backends.ts';
import { BACKENDS } from './backends.ts';
import type { Facts } from './facts.ts';
import type { Column } from './table.ts';
import { COLUMNS, TABLE } from './table.ts';

/** Why a backend cannot serve a workload, and what would have to change. */
export interface Ground {
  readonly reason: string;
  /** In the imperative, as part of a sentence: `run one server`. */
  readonly change: string;
}

type Rule = (name: BackendName, facts: Facts) => Ground | undefined;

/** The column of the table that rates a workload. */
export function columnOf({ environment, platform, servers }: Facts): Column {
  if (environment === 'development' && servers === 1) return 'development';
  if (platform !== 'machine') return 'cloudNative';
  return servers > 1 ? 'multiServer' : 'singleServer';
}

/** Everything that speaks against a backend; empty when it can serve. */
export function groundsAgainst(name: BackendName, facts: Facts): Ground[] {
  return RULES.map((rule) => rule(name, facts)).filter((ground) => ground !== undefined);
}

/** What would make the "no" of a column go away. */
const CHANGES: Readonly<Record<Column, string>> = {
  development: 'name it in existing if you have it',
  singleServer: 'choose another',
  multiServer: 'run one server',
  cloudNative: 'run it on a machine of your own',
};

/** The "no" of the table. Several servers are several wherever they run, so that column counts besides the main one. */
const table: Rule = (name, facts) => {
  const columns: Column[] = facts.servers > 1 ? ['multiServer', columnOf(facts)] : [columnOf(facts)];
  const column = columns.find((candidate) => TABLE[name][candidate].rating === 'no');
  if (column === undefined) return undefined;
  if (column === 'development' && isNoEffort(name, facts)) return undefined;
  return {
    reason: `${TABLE[name][column].reason} (${COLUMNS[column]}, ${TABLE[name][column].source})`,
    change: CHANGES[column],
  };
};

const persistence: Rule = (name, { persistence: needed, role }) => {
  if (!needed || BACKENDS[name].persistent) return undefined;
  const oauth = name === 'memory' ? 'use it in development or for the cache only' : 'use it for the cache only';
  return {
    reason: 'what it holds is lost with the process, and persistence is needed',
    change: role === 'oauth' ? oauth : 'do without persistence',
  };
};

const eviction: Rule = (name, { role }) =>
  name === 'memcached' && role === 'oauth'
    ? {
        reason: 'it evicts entries when memory is short, and reads a TTL over 30 days as a date: no place for tokens',
        change: 'use it for the cache only',
      }
    : undefined;

/** In development "no" means the effort to set it up: none for what exists, nor for a table where AWS is used anyway. */
export function isNoEffort(name: BackendName, { existing, platform }: Facts): boolean {
  return existing.includes(name) || (name === 'dynamodb' && platform !== 'machine');
}

/** OAuth starts on one instance and continues on another: what only one of them sees is an invalid grant on the other. */
const overlap: Rule = (name, facts) => {
  if (facts.role !== 'oauth') return undefined;
  if (name === 'memory' && mayOverlap(facts)) {
    return {
      reason: 'a login that starts on one instance fails on another',
      change: facts.platform === 'lambda' ? 'run one server outside of Lambda' : 'run one server',
    };
  }
  // On AWS a folder is one of EFS, and one task overlaps with the next at each deployment.
  if (name === 'disk' && (mayOverlap(facts) || facts.platform !== 'machine')) {
    return {
      reason: 'a code must be taken once, and locks on a network file system do not promise that',
      change: facts.platform === 'machine' ? 'run one server' : 'run it on a machine of your own',
    };
  }
  return undefined;
};

const failover: Rule = (name, { role, environment, allowLostWrites }) =>
  role === 'oauth' && environment === 'production' && !allowLostWrites && BACKENDS[name].losesWrites === 'on failover'
    ? {
        reason: 'its replication is asynchronous: a failover loses writes that were acknowledged, so tokens and codes',
        change:
          'accept that with allowLostWrites, or take nodes of Valkey that log their writes ' +
          '(McpStorage.valkey({ shape: CacheShape.nodes({ durability: CacheDurability.SYNC }) }))',
      }
    : undefined;

const volume: Rule = (name, { platform, persistence: needed, role }) => {
  if (name !== 'rocksdb' || platform === 'machine') return undefined;
  if (platform === 'lambda') {
    return { reason: 'a function has no disk that lasts', change: 'run a single task on Fargate' };
  }
  if (!needed) return undefined;
  return {
    reason: 'the volume of a task is gone with the task, and persistence is needed',
    change: role === 'oauth' ? 'use it for the cache only' : 'do without persistence',
  };
};

const size: Rule = (name, { itemSizeKb }) => {
  const { maxItemKb } = BACKENDS[name];
  return maxItemKb !== undefined && itemSizeKb > maxItemKb
    ? { reason: `entries of ${itemSizeKb} KB exceed its ${maxItemKb} KB`, change: 'store smaller entries' }
    : undefined;
};

const latency: Rule = (name, facts) => {
  const typical = latencyOf(name, facts);
  return facts.latencyMs !== undefined && typical > facts.latencyMs
    ? {
        reason: `a read typically takes ${typical} ms, more than ${facts.latencyMs} ms`,
        change: `allow ${typical} ms`,
      }
    : undefined;
};

const RULES: readonly Rule[] = [table, persistence, eviction, overlap, failover, volume, size, latency];

/** Typical time of a read where the workload runs. */
export function latencyOf(name: BackendName, { platform }: Facts): number {
  const { latencyMs, latencyOverNfsMs } = BACKENDS[name];
  return platform === 'machine' ? latencyMs : (latencyOverNfsMs ?? latencyMs);
}

/** Whether two instances may run at once: on Lambda they do whenever two requests do. */
function mayOverlap({ servers, platform }: Facts): boolean {
  return servers > 1 || platform === 'lambda';
}
