import type { CostOption } from './cost-option.ts';
import { costPart } from './cost-option.ts';
import type { Role } from './facts.ts';
import type { NodePrice, ServerlessCachePrice } from './prices.ts';
import { HOURS_PER_MONTH, PRICES } from './prices.ts';
import type { Traffic } from './traffic.ts';

const TITLES = { redis: 'Redis OSS', valkey: 'Valkey', memcached: 'Memcached' } as const;

/** The ways to have a cache of ElastiCache: serverless, and every kind of node that has room for the workload. */
export function cacheOptions(engine: keyof typeof TITLES, role: Role, traffic: Traffic): readonly CostOption[] {
  const { serverless, nodes } = PRICES[engine];
  return [
    serverlessCache(TITLES[engine], serverless, traffic),
    ...nodes
      .filter((node) => hasRoom(node, traffic))
      .map((node) => cacheNodes(TITLES[engine], node, role === 'oauth' ? 2 : 1)),
  ];
}

/** 730·price·max(minimum, G), and one processing unit per KB moved, at least one per command. */
function serverlessCache(title: string, prices: ServerlessCachePrice, traffic: Traffic): CostOption {
  const perGb = prices.perGbHour * HOURS_PER_MONTH;
  const units = (traffic.reads + traffic.writes) * Math.max(1, traffic.itemKb);
  return {
    as: `ElastiCache Serverless for ${title}`,
    parts: [
      costPart('minimum', prices.minimumGb * perGb, { fixed: true }),
      costPart('more storage', Math.max(0, traffic.storedGb - prices.minimumGb) * perGb),
      costPart('processing units', units * prices.perMillionEcpu),
    ],
  };
}

/** Hours of one node; of two where a lost node must not lose what it held. */
function cacheNodes(title: string, node: NodePrice, count: number): CostOption {
  return {
    as: `ElastiCache for ${title}, ${count} × ${node.type}`,
    nodes: { type: node.type, count },
    parts: [costPart('nodes', count * node.perHour * HOURS_PER_MONTH, { fixed: true })],
  };
}

function hasRoom(node: NodePrice, { storedGb, megabytesPerSecond }: Traffic): boolean {
  return storedGb <= node.usableGb && megabytesPerSecond <= node.megabytesPerSecond;
}
