import { Duration } from 'aws-cdk-lib';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

import { acknowledge } from '../../private/findings.ts';
import type { BuiltCache, CacheBuilder, CacheBuildOptions } from './cache-builder.ts';
import { CacheDurability } from './cache-durability.ts';
import { parametersOf } from './cache-parameters.ts';
import { checkEngine, checkNodes } from './cache-nodes-limits.ts';
import { subnetGroup } from './subnet-group.ts';

/** Properties of a cache of nodes, of Valkey or Redis OSS. */
export interface CacheNodesProps {
  /**
   * Type of the nodes, such as `cache.m7g.large`.
   *
   * @default - `cache.t4g.small`; with durability `cache.m7g.large`, the smallest that has it
   */
  readonly nodeType?: string;
  /**
   * Parts that the keys are spread over, 1 to 90.
   *
   * @default 1
   */
  readonly shards?: number;
  /**
   * Replicas of each primary, 0 to 5.
   *
   * @default 1
   */
  readonly replicas?: number;
  /**
   * Whether clients speak the protocol of clusters, so that shards can be added later.
   *
   * @default - true with more than one shard or with durability, otherwise false
   */
  readonly clusterMode?: boolean;
  /**
   * Whether the nodes of a shard are in several zones.
   *
   * @default - true where there are replicas
   */
  readonly multiAz?: boolean;
  /**
   * Whether a replica takes the place of a primary that fails.
   *
   * @default - true where there are replicas; clusters always do
   */
  readonly automaticFailover?: boolean;
  /**
   * What becomes of writes that were acknowledged when a primary fails. OAuth state needs `CacheDurability.SYNC`, which Valkey
   * 9.0 has on nodes of the families m6g, m7g, m8g, r6g, r7g, r8g, c7gn and c8gn; entries are then never evicted.
   *
   * @default CacheDurability.NONE
   */
  readonly durability?: CacheDurability;
  /**
   * Port that the nodes listen on, 1024 to 65535.
   *
   * @default 6379
   */
  readonly port?: number;
  /**
   * Parameters of the engine, such as `{ 'maxmemory-policy': 'noeviction' }`.
   *
   * @default - those of ElastiCache: what has a time to live is evicted when memory is short
   */
  readonly parameters?: { [name: string]: string };
  /**
   * How long daily snapshots are kept: 0 to 35 whole days. 0 makes none. Each is paid by its size.
   *
   * @default Duration.days(1)
   */
  readonly snapshotRetention?: Duration;
  /**
   * When the daily snapshot is made, UTC, such as `03:00-04:00`: an hour or more.
   *
   * @default - a time that ElastiCache chooses
   */
  readonly snapshotWindow?: string;
  /**
   * When nodes may be changed, UTC, such as `sun:23:00-mon:01:30`: an hour or more.
   *
   * @default - a time that ElastiCache chooses
   */
  readonly maintenanceWindow?: string;
  /**
   * Whether new minor versions of the engine are taken by themselves.
   *
   * @default true
   */
  readonly autoMinorVersionUpgrade?: boolean;
  /**
   * Log group for what the engine reports.
   *
   * @default - not logged
   */
  readonly engineLog?: logs.ILogGroup;
  /**
   * Log group for slow commands. They are logged with keys and values: whoever reads it reads what is stored.
   *
   * @default - not logged
   */
  readonly slowLog?: logs.ILogGroup;
}

const PORT = 6379;
const DEFAULT_KEPT = Duration.days(1);

/** Makes a replication group. */
export class CacheNodes implements CacheBuilder {
  readonly serverless = false;
  readonly clusterMode: boolean;
  readonly durable: boolean;
  readonly logged: boolean;
  readonly port: number;
  private readonly props: CacheNodesProps;

  constructor(props: CacheNodesProps) {
    const durability = props.durability ?? CacheDurability.NONE;
    this.props = props;
    this.logged = durability !== CacheDurability.NONE;
    this.durable = durability === CacheDurability.SYNC;
    this.clusterMode = props.clusterMode ?? (this.logged || (props.shards ?? 1) > 1);
    this.port = props.port ?? PORT;
    checkNodes(props, { clusterMode: this.clusterMode, logged: this.logged });
  }

  build(cache: Construct, options: CacheBuildOptions): BuiltCache {
    const { props, clusterMode } = this;
    const { engine, encryptionKey } = options;
    checkEngine(engine, this.logged);
    const replicas = props.replicas ?? 1;
    const resource = new elasticache.CfnReplicationGroup(cache, 'Resource', {
      replicationGroupId: options.cacheName,
      replicationGroupDescription: options.description,
      engine: engine.engineName,
      engineVersion: engine.version,
      cacheNodeType: props.nodeType ?? (this.logged ? 'cache.m7g.large' : 'cache.t4g.small'),
      cacheParameterGroupName: parametersOf(cache, {
        engine,
        clusterMode,
        // Evicting an entry is losing it, too.
        parameters: { ...(this.durable && { 'maxmemory-policy': 'noeviction' }), ...props.parameters },
      }),
      ...(clusterMode
        ? { clusterMode: 'enabled', numNodeGroups: props.shards ?? 1, replicasPerNodeGroup: replicas }
        : { clusterMode: 'disabled', numCacheClusters: 1 + replicas }),
      automaticFailoverEnabled: clusterMode || (props.automaticFailover ?? replicas > 0),
      multiAzEnabled: props.multiAz ?? replicas > 0,
      durability: props.durability?.value,
      port: this.port,
      cacheSubnetGroupName: subnetGroup(cache, options).ref,
      securityGroupIds: [options.securityGroup.securityGroupId],
      userGroupIds: [options.userGroup.ref],
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      kmsKeyId: encryptionKey?.keyArn,
      snapshotRetentionLimit: (props.snapshotRetention ?? DEFAULT_KEPT).toDays(),
      snapshotWindow: props.snapshotWindow,
      preferredMaintenanceWindow: props.maintenanceWindow,
      autoMinorVersionUpgrade: props.autoMinorVersionUpgrade ?? true,
      logDeliveryConfigurations: this.logs(),
    });
    resource.applyRemovalPolicy(options.removalPolicy);
    acknowledge(resource, {
      'AwsSolutions-AEC6':
        'each server is a user of its own, with its own rights; a token would be one for all of them',
      ...(engine.engineName === 'redis' &&
        this.port === PORT && {
          'AwsSolutions-AEC5':
            'only the servers reach the port, through TLS and as users: another number hides nothing',
        }),
    });
    return {
      resource,
      cacheName: resource.ref,
      address: clusterMode ? resource.attrConfigurationEndPointAddress : resource.attrPrimaryEndPointAddress,
    };
  }

  private logs(): elasticache.CfnReplicationGroup.LogDeliveryConfigurationRequestProperty[] | undefined {
    const { engineLog, slowLog } = this.props;
    const wanted = Object.entries({ 'engine-log': engineLog, 'slow-log': slowLog });
    const delivered = wanted.flatMap(([logType, group]) =>
      group
        ? [
            {
              logType,
              logFormat: 'json',
              destinationType: 'cloudwatch-logs',
              destinationDetails: { cloudWatchLogsDetails: { logGroup: group.logGroupName } },
            },
          ]
        : [],
    );
    return delivered.length > 0 ? delivered : undefined;
  }
}
