import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type { Construct } from 'constructs';

import { checkWholeNumber } from '../../private/limits.ts';
import { finalSnapshotOf, generatedName } from './cache-names.ts';
import type { BuiltCache, CacheBuilder, CacheBuildOptions } from './cache-builder.ts';
import { checkText, DAYS_KEPT, TIME_OF_DAY } from './cache-limits.ts';
import { serverlessSubnets } from './serverless-subnets.ts';
import type { ServerlessUsage } from './usage-limits.ts';
import { checkUsage, usageLimits } from './usage-limits.ts';

/** Properties of a serverless cache of Valkey or Redis OSS. */
export interface ServerlessCacheProps extends ServerlessUsage {
  /**
   * How long daily snapshots are kept: 0 to 35 whole days. 0 makes none. Each is paid by its size.
   *
   * @default Duration.days(1)
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
const DEFAULT_KEPT = Duration.days(1);

/** Makes a serverless cache. */
export class ServerlessCache implements CacheBuilder {
  readonly serverless = true;
  readonly clusterMode = true;
  readonly durable = false;
  readonly logged = false;
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
      cacheUsageLimits: usageLimits(props),
      subnetIds: serverlessSubnets(options.subnets),
      securityGroupIds: [options.securityGroup.securityGroupId],
      userGroupId: options.userGroup.ref,
      kmsKeyId: options.encryptionKey?.keyArn,
      snapshotRetentionLimit: kept,
      dailySnapshotTime: props.dailySnapshotTime,
      finalSnapshotName:
        props.finalSnapshotName ?? (removalPolicy === RemovalPolicy.SNAPSHOT ? finalSnapshotOf(cacheName) : undefined),
      snapshotArnsToRestore: props.snapshotArnsToRestore,
    });
    // CloudFormation knows no snapshot policy for it: the final snapshot is one of its own properties.
    resource.applyRemovalPolicy(removalPolicy === RemovalPolicy.SNAPSHOT ? RemovalPolicy.DESTROY : removalPolicy);
    return { resource, cacheName, address: resource.attrEndpointAddress };
  }
}

function validate(props: ServerlessCacheProps): void {
  checkUsage(props);
  checkWholeNumber('snapshotRetention', props.snapshotRetention?.toDays({ integral: false }), DAYS_KEPT);
  if (props.snapshotRetention?.toDays() === 0 && props.dailySnapshotTime !== undefined) {
    throw new Error('dailySnapshotTime has no meaning where snapshotRetention is 0 days: leave one of them out');
  }
  checkText('dailySnapshotTime', props.dailySnapshotTime, TIME_OF_DAY, '03:00');
}
