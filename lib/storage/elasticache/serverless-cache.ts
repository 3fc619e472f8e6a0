import { Duration, RemovalPolicy, Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type { Construct } from 'constructs';

import { checkWholeNumber } from '../../private/limits.ts';
import { generatedName } from './cache-names.ts';
import type { BuiltCache, CacheBuilder, CacheBuildOptions } from './cache-builder.ts';
import { checkText, DAYS_KEPT, MAX_ECPU, STORAGE, TIME_OF_DAY } from './cache-limits.ts';
import { serverlessSubnets } from './serverless-subnets.ts';

/** Properties of a serverless cache of Valkey or Redis OSS. */
export interface ServerlessCacheProps {
  /**
   * Most that it holds, 1 to 5000 GiB: what a runaway client can cost. At the limit, entries with a time to live are evicted.
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
  /**
   * How long daily snapshots are kept: 0 to 35 whole days. 0 makes none.
   *
   * @default Duration.days(15)
   */
  readonly snapshotRetention?: Duration;
  /**
   * When the daily snapshot is made, UTC, such as `03:00`.
   *
   * @default - a time that ElastiCache chooses
   */
  readonly dailySnapshotTime?: string;
  /**
   * Name of the snapshot that is made when the cache is deleted: 1 to 40 letters, digits and hyphens.
   *
   * @default - the name of the cache with `-final`; none is made with a `removalPolicy` of `DESTROY` or `RETAIN`
   */
  readonly finalSnapshotName?: string;
  /**
   * ARNs of snapshots whose data a new cache begins with.
   *
   * @default - it begins empty
   */
  readonly snapshotArnsToRestore?: string[];
}

const PORT = 6379;
const DEFAULT_STORAGE = Size.gibibytes(5);
const DEFAULT_ECPU = 10_000;
const DEFAULT_KEPT = Duration.days(15);

/** Makes a serverless cache. */
export class ServerlessCache implements CacheBuilder {
  readonly serverless = true;
  readonly clusterMode = true;
  readonly durable = false;
  readonly port = PORT;
  private readonly props: ServerlessCacheProps;

  constructor(props: ServerlessCacheProps) {
    validate(props);
    this.props = props;
  }

  build(cache: Construct, options: CacheBuildOptions): BuiltCache {
    const { props } = this;
    const { engine, removalPolicy } = options;
    const cacheName = options.cacheName ?? generatedName(cache);
    const kept = (props.snapshotRetention ?? DEFAULT_KEPT).toDays();
    const resource = new elasticache.CfnServerlessCache(cache, 'Resource', {
      serverlessCacheName: cacheName,
      description: options.description,
      engine: engine.engineName,
      majorEngineVersion: engine.majorVersion,
      cacheUsageLimits: {
        dataStorage: {
          unit: 'GB',
          maximum: (props.maximumDataStorage ?? DEFAULT_STORAGE).toGibibytes(),
          minimum: props.minimumDataStorage?.toGibibytes(),
        },
        ecpuPerSecond: {
          maximum: props.maximumEcpuPerSecond ?? DEFAULT_ECPU,
          minimum: props.minimumEcpuPerSecond,
        },
      },
      subnetIds: serverlessSubnets(options.subnets),
      securityGroupIds: [options.securityGroup.securityGroupId],
      userGroupId: options.userGroup.ref,
      kmsKeyId: options.encryptionKey?.keyArn,
      snapshotRetentionLimit: kept,
      dailySnapshotTime: props.dailySnapshotTime,
      finalSnapshotName:
        props.finalSnapshotName ??
        (removalPolicy === RemovalPolicy.SNAPSHOT ? `${cacheName.slice(0, 34)}-final` : undefined),
      snapshotArnsToRestore: props.snapshotArnsToRestore,
    });
    // CloudFormation knows no snapshot policy for it: the final snapshot is one of its own properties.
    resource.applyRemovalPolicy(removalPolicy === RemovalPolicy.SNAPSHOT ? RemovalPolicy.DESTROY : removalPolicy);
    return { resource, cacheName, address: resource.attrEndpointAddress };
  }
}

function validate(props: ServerlessCacheProps): void {
  const { maximumDataStorage, minimumDataStorage, maximumEcpuPerSecond, minimumEcpuPerSecond } = props;
  const largest = maximumDataStorage ?? DEFAULT_STORAGE;
  for (const [name, size] of Object.entries({ maximumDataStorage, minimumDataStorage })) {
    if (size) checkWholeNumber(name, size.toGibibytes({ rounding: SizeRoundingBehavior.NONE }), STORAGE);
  }
  for (const [name, units] of Object.entries({ maximumEcpuPerSecond, minimumEcpuPerSecond })) {
    checkWholeNumber(name, units, MAX_ECPU);
  }
  if (minimumDataStorage && minimumDataStorage.toGibibytes() > largest.toGibibytes()) {
    throw new Error(
      `minimumDataStorage (${minimumDataStorage.toGibibytes()} GiB) is more than maximumDataStorage ` +
        `(${largest.toGibibytes()} GiB): raise the latter`,
    );
  }
  const most = maximumEcpuPerSecond ?? DEFAULT_ECPU;
  if (minimumEcpuPerSecond !== undefined && !Token.isUnresolved(minimumEcpuPerSecond) && minimumEcpuPerSecond > most) {
    throw new Error(
      `minimumEcpuPerSecond (${minimumEcpuPerSecond}) is more than maximumEcpuPerSecond (${most}): raise the latter`,
    );
  }
  checkWholeNumber('snapshotRetention', props.snapshotRetention?.toDays({ integral: false }), DAYS_KEPT);
  if (props.snapshotRetention?.toDays() === 0 && props.dailySnapshotTime !== undefined) {
    throw new Error('dailySnapshotTime has no meaning where snapshotRetention is 0 days: leave one of them out');
  }
  checkText('dailySnapshotTime', props.dailySnapshotTime, TIME_OF_DAY, '03:00');
}
