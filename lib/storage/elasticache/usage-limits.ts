import { Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import type * as elasticache from 'aws-cdk-lib/aws-elasticache';

import { checkWholeNumber } from '../../private/limits.ts';
import { MAX_ECPU, STORAGE } from './cache-limits.ts';

/** What a serverless cache may use, which is what it may cost. */
export interface ServerlessUsage {
  /**
   * Most that it holds, 1 to 5000 GiB: what a runaway client can cost. At the limit, entries are evicted.
   *
   * @default Size.gibibytes(5)
   */
  readonly maximumDataStorage?: Size;
  /**
   * Storage that is paid for even when less is held, 1 to 5000 GiB.
   *
   * @default - none beyond the minimum that ElastiCache bills
   */
  readonly minimumDataStorage?: Size;
  /**
   * Most that it does per second, 1000 to 15,000,000 ElastiCache processing units (a read or write of up to 1 KB is one).
   * Requests above it are throttled.
   *
   * @default 10000
   */
  readonly maximumEcpuPerSecond?: number;
  /**
   * Units per second that are ready at once, and paid for even when fewer are used, 1000 to 15,000,000.
   *
   * @default - none
   */
  readonly minimumEcpuPerSecond?: number;
}

const DEFAULT_STORAGE = Size.gibibytes(5);
const DEFAULT_ECPU = 10_000;

/** The limits as CloudFormation takes them. */
export function usageLimits(usage: ServerlessUsage): elasticache.CfnServerlessCache.CacheUsageLimitsProperty {
  return {
    dataStorage: {
      unit: 'GB',
      maximum: (usage.maximumDataStorage ?? DEFAULT_STORAGE).toGibibytes(),
      minimum: usage.minimumDataStorage?.toGibibytes(),
    },
    ecpuPerSecond: {
      maximum: usage.maximumEcpuPerSecond ?? DEFAULT_ECPU,
      minimum: usage.minimumEcpuPerSecond,
    },
  };
}

/** @throws Error when a value is outside of the limits of ElastiCache, or a minimum is above its maximum */
export function checkUsage(usage: ServerlessUsage): void {
  const { maximumDataStorage, minimumDataStorage, maximumEcpuPerSecond, minimumEcpuPerSecond } = usage;
  for (const [name, size] of Object.entries({ maximumDataStorage, minimumDataStorage })) {
    if (size) checkWholeNumber(name, size.toGibibytes({ rounding: SizeRoundingBehavior.NONE }), STORAGE);
  }
  for (const [name, units] of Object.entries({ maximumEcpuPerSecond, minimumEcpuPerSecond })) {
    checkWholeNumber(name, units, MAX_ECPU);
  }
  const most = (maximumDataStorage ?? DEFAULT_STORAGE).toGibibytes();
  checkOrder('DataStorage', minimumDataStorage?.toGibibytes(), most, ' GiB');
  checkOrder('EcpuPerSecond', minimumEcpuPerSecond, maximumEcpuPerSecond ?? DEFAULT_ECPU, '');
}

function checkOrder(what: string, minimum: number | undefined, maximum: number, unit: string): void {
  if (minimum === undefined || Token.isUnresolved(minimum) || Token.isUnresolved(maximum) || minimum <= maximum) return;
  throw new Error(
    `minimum${what} (${minimum}${unit}) is more than maximum${what} (${maximum}${unit}): raise the latter`,
  );
}
