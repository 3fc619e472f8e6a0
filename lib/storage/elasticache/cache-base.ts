import type { IResource } from 'aws-cdk-lib';
import { Resource } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';

import type { McpNetwork } from '../../network/mcp-network.ts';
import type { CacheEngine } from './cache-engine.ts';
import type { CacheUser } from './cache-user.ts';
import { arnOf } from './cache-user.ts';

/** A cache of Valkey or Redis OSS that servers may share. */
export interface IMcpCache extends IResource, ec2.IConnectable {
  /** What it runs. */
  readonly engine: CacheEngine;
  /** Name of the serverless cache, or id of the replication group. */
  readonly cacheName: string;
  /** ARN of the serverless cache, or of the replication group. */
  readonly cacheArn: string;
  /** Host that clients connect to. */
  readonly endpointAddress: string;
  /** Port that clients connect to. */
  readonly port: number;
  /** Whether it is serverless. */
  readonly serverless: boolean;
  /** Whether clients must speak the protocol of clusters. */
  readonly clusterMode: boolean;
  /** Whether a write that was acknowledged survives a failover, and is not evicted. */
  readonly durable: boolean;
  /** Where it is. */
  readonly network: McpNetwork;

  /**
   * The user of a server: the one that is given, or a new one.
   *
   * @internal
   */
  _userOf(serverName: string, given: CacheUser | undefined): CacheUser;
}

/** What caches that are made here and those that exist already have in common. */
export abstract class CacheBase extends Resource implements IMcpCache {
  abstract readonly engine: CacheEngine;
  abstract readonly cacheName: string;
  abstract readonly endpointAddress: string;
  abstract readonly port: number;
  abstract readonly serverless: boolean;
  abstract readonly clusterMode: boolean;
  abstract readonly durable: boolean;
  abstract readonly network: McpNetwork;
  abstract readonly connections: ec2.Connections;

  get cacheArn(): string {
    return arnOf(this, this.serverless ? 'serverlesscache' : 'replicationgroup', this.cacheName);
  }

  /** @internal */
  abstract _userOf(serverName: string, given: CacheUser | undefined): CacheUser;
}
