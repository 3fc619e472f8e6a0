/** Where and when these prices were list prices. Everything that the kit says about cost rests on this file alone. */
export const PRICED = { region: 'us-east-1', date: '2026-11-22', currency: 'USD' } as const;

/** Hours of an average month, as AWS counts them. */
export const HOURS_PER_MONTH = 730;
/** Millions of requests in an average month at one per second. */
export const MILLIONS_PER_MONTH = 2.628;

/** A node of ElastiCache. */
export interface NodePrice {
  readonly type: string;
  readonly perHour: number;
  /** Memory that entries may take: about three quarters of the node's. */
  readonly usableGb: number;
  /** Lasting network throughput in MB per second; more is bought from burst credits. */
  readonly megabytesPerSecond: number;
}

/** A serverless cache of ElastiCache: stored data by the hour with a minimum, and processing units (1 per KB). */
export interface ServerlessCachePrice {
  readonly perGbHour: number;
  readonly minimumGb: number;
  readonly perMillionEcpu: number;
}

/**
 * List prices on demand, without free tier, discounts and tax. `high` confidence: DynamoDB, EFS, Valkey nodes. `medium`: the
 * rest, which was read on pages that cite AWS or is long-standing. Check what you are about to pay for.
 */
export const PRICES = {
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  dynamodb: {
    perMillionWriteUnits: 0.625,
    perMillionReadUnits: 0.125,
    perGbMonth: 0.25,
    recoveryPerGbMonth: 0.2,
  },
  /** https://aws.amazon.com/elasticache/pricing/ */
  valkey: {
    serverless: { perGbHour: 0.084, minimumGb: 0.1, perMillionEcpu: 0.0023 },
    nodes: [
      { type: 'cache.t4g.micro', perHour: 0.0128, usableGb: 0.375, megabytesPerSecond: 8 },
      { type: 'cache.t4g.small', perHour: 0.0256, usableGb: 1.03, megabytesPerSecond: 16 },
      { type: 'cache.t4g.medium', perHour: 0.052, usableGb: 2.32, megabytesPerSecond: 32 },
    ],
  },
  redis: {
    serverless: { perGbHour: 0.125, minimumGb: 1, perMillionEcpu: 0.0034 },
    nodes: [
      { type: 'cache.t4g.micro', perHour: 0.016, usableGb: 0.375, megabytesPerSecond: 8 },
      { type: 'cache.t4g.small', perHour: 0.032, usableGb: 1.03, megabytesPerSecond: 16 },
      { type: 'cache.t4g.medium', perHour: 0.065, usableGb: 2.32, megabytesPerSecond: 32 },
    ],
  },
  memcached: {
    serverless: { perGbHour: 0.125, minimumGb: 1, perMillionEcpu: 0.0034 },
    nodes: [
      { type: 'cache.t4g.micro', perHour: 0.016, usableGb: 0.375, megabytesPerSecond: 8 },
      { type: 'cache.t4g.small', perHour: 0.032, usableGb: 1.03, megabytesPerSecond: 16 },
      { type: 'cache.t4g.medium', perHour: 0.065, usableGb: 2.32, megabytesPerSecond: 32 },
    ],
  },
  /** https://aws.amazon.com/documentdb/pricing/, serverless, standard storage */
  documentdb: { perDcuHour: 0.0822, minimumDcu: 0.5, perGbMonth: 0.1, perMillionIo: 0.2 },
  /** https://aws.amazon.com/opensearch-service/pricing/, t3.small.search with a gp3 volume */
  opensearch: { perNodeHour: 0.036, perGbMonth: 0.122, minimumGb: 10 },
  /** https://aws.amazon.com/efs/pricing/, regional, elastic throughput */
  efs: { perGbMonth: 0.3, perGbRead: 0.03, perGbWritten: 0.06 },
  /** https://aws.amazon.com/fargate/pricing/, ephemeral storage */
  taskStorage: { perGbHour: 0.000111, includedGb: 20 },
  /** https://aws.amazon.com/vpc/pricing/, without the traffic */
  natGateway: { perHour: 0.045 },
  /** https://aws.amazon.com/privatelink/pricing/, without the traffic; in as many zones as McpNetwork has */
  interfaceEndpoint: { perZoneHour: 0.01, zones: 2 },
} as const satisfies Record<string, unknown>;
