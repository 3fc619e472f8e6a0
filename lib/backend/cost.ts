import type { BackendName } from './backends.ts';
import { BACKENDS } from './backends.ts';
import type { CostOption, CostPart } from './cost-option.ts';
import { costPart, costTotal } from './cost-option.ts';
import { cacheOptions } from './cache-cost.ts';
import type { Facts } from './facts.ts';
import { HOURS_PER_MONTH, PRICES } from './prices.ts';
import type { Traffic } from './traffic.ts';
import { trafficOf } from './traffic.ts';

/**
 * The ways to have a backend on AWS and what each costs a month, cheapest first. Storage only, not compute.
 *
 * What exists already costs only what is used: no minimum, no hours. A function in a network pays for the endpoint through
 * which it fetches its keys as well, and for a NAT gateway when it calls the internet.
 */
export function costOptions(name: BackendName, facts: Facts): readonly CostOption[] {
  const exists = facts.existing.includes(name);
  const network = networkParts(name, facts);
  return optionsOf(name, facts, trafficOf(facts))
    .map(({ as, nodes, parts }) => ({
      ...(exists ? { as: 'what you have' } : { as, nodes }),
      parts: [...(exists ? parts.filter(({ fixed }) => !fixed) : parts), ...network],
    }))
    .sort((a, b) => costTotal(a) - costTotal(b));
}

function optionsOf(name: BackendName, facts: Facts, traffic: Traffic): readonly CostOption[] {
  switch (name) {
    case 'memory':
      return [{ as: 'the memory of the process', parts: [] }];
    case 'disk':
      return [facts.platform === 'machine' ? { as: 'a folder of the machine', parts: [] } : efs(traffic)];
    case 'rocksdb':
      return [facts.platform === 'machine' ? { as: 'a folder of the machine', parts: [] } : volume(traffic)];
    case 'redis':
    case 'valkey':
    case 'memcached':
      return cacheOptions(name, facts.role, traffic);
    case 'dynamodb':
      return [onDemandTable(traffic)];
    case 'mongodb':
      return [documentDb(traffic)];
    case 'elasticsearch':
      return [openSearch(traffic)];
  }
}

/** n·(0.5 or 1)·⌈s/4⌉ read units, w·⌈s⌉ write units, G·(storage + recovery). Writes of 1 KB, reads of 4 KB, half when eventual. */
function onDemandTable({ reads, writes, itemKb, storedGb, strong }: Traffic): CostOption {
  const prices = PRICES.dynamodb;
  return {
    as: 'a DynamoDB table, on demand',
    parts: [
      costPart('reads', reads * (strong ? 1 : 0.5) * Math.ceil(itemKb / 4) * prices.perMillionReadUnits),
      costPart('writes', writes * Math.ceil(itemKb) * prices.perMillionWriteUnits),
      costPart('storage with recovery', storedGb * (prices.perGbMonth + prices.recoveryPerGbMonth)),
    ],
  };
}

/** The smallest capacity; G; a read is an I/O per 8 KB, a write one per 4 KB. Growth of the capacity is not modelled. */
function documentDb({ reads, writes, itemKb, storedGb }: Traffic): CostOption {
  const prices = PRICES.documentdb;
  const io = reads * Math.ceil(itemKb / 8) + writes * Math.ceil(itemKb / 4);
  return {
    as: 'DocumentDB Serverless, at its smallest',
    parts: [
      costPart('capacity', prices.minimumDcu * prices.perDcuHour * HOURS_PER_MONTH, { fixed: true }),
      costPart('storage', storedGb * prices.perGbMonth),
      costPart('I/O', io * prices.perMillionIo),
    ],
  };
}

/** Two nodes, each in another zone; volumes of at least 10 GB. Growth of the nodes is not modelled. */
function openSearch({ storedGb }: Traffic): CostOption {
  const nodes = 2;
  const { perNodeHour, perGbMonth, minimumGb } = PRICES.opensearch;
  return {
    as: `OpenSearch Service, ${nodes} × t3.small.search`,
    parts: [
      costPart('nodes', nodes * perNodeHour * HOURS_PER_MONTH, { fixed: true }),
      costPart('volumes', nodes * minimumGb * perGbMonth, { fixed: true }),
      costPart('more storage', nodes * Math.max(0, storedGb - minimumGb) * perGbMonth),
    ],
  };
}

/** A file takes ⌈s/4⌉·4 KB and 2 KB for its inode; elastic throughput is paid per byte, in steps of 4 KB. */
function efs({ reads, writes, itemKb, storedGb }: Traffic): CostOption {
  const { perGbMonth, perGbRead, perGbWritten } = PRICES.efs;
  const fileKb = Math.ceil(itemKb / 4) * 4;
  return {
    as: 'EFS, elastic throughput',
    parts: [
      costPart('storage', storedGb * ((fileKb + 2) / itemKb) * perGbMonth),
      costPart('reads', reads * fileKb * perGbRead), // millions × KB = GB
      costPart('writes', writes * fileKb * perGbWritten),
    ],
  };
}

/** The task has 20 GB of ephemeral storage anyway. */
function volume({ storedGb }: Traffic): CostOption {
  const { perGbHour, includedGb } = PRICES.taskStorage;
  return {
    as: 'the ephemeral storage of a task',
    parts: [costPart('more storage', Math.max(0, storedGb - includedGb) * perGbHour * HOURS_PER_MONTH)],
  };
}

/** The network is that of the function. One that an existing backend is in has its own way to AWS's services, we take it. */
function networkParts(name: BackendName, { existing, internet, platform }: Facts): CostPart[] {
  if (!BACKENDS[name].inNetwork || (platform !== 'lambda' && platform !== 'cloud')) return [];
  const { perZoneHour, zones } = PRICES.interfaceEndpoint;
  const endpoint = costPart('an endpoint of Secrets Manager', perZoneHour * zones * HOURS_PER_MONTH);
  const gateway = costPart('a NAT gateway, for the internet', PRICES.natGateway.perHour * HOURS_PER_MONTH);
  return [...(existing.includes(name) ? [] : [endpoint]), ...(internet ? [gateway] : [])];
}
