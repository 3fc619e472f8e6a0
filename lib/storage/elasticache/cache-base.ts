import type { IResource } from 'aws-cdk-lib';
import { Resource } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';

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

/** What is known of a cache, made here or not. */
export type CacheFacts = Pick<
  IMcpCache,
  | 'engine'
  | 'cacheName'
  | 'endpointAddress'
  | 'port'
  | 'serverless'
  | 'clusterMode'
  | 'durable'
  | 'network'
  | 'connections'
>;

/** What caches that are made here and those that exist already have in common. */
export abstract class CacheBase extends Resource implements IMcpCache {
  /** @internal */
  protected abstract readonly _facts: CacheFacts;

  get engine(): CacheEngine {
    return this._facts.engine;
  }

  get cacheName(): string {
    return this._facts.cacheName;
  }

  get endpointAddress(): string {
    return this._facts.endpointAddress;
  }

  get port(): number {
    return this._facts.port;
  }

  get serverless(): boolean {
    return this._facts.serverless;
  }

  get clusterMode(): boolean {
    return this._facts.clusterMode;
  }

  get durable(): boolean {
    return this._facts.durable;
  }

  get network(): McpNetwork {
    return this._facts.network;
  }

  get connections(): ec2.Connections {
    return this._facts.connections;
  }

  get cacheArn(): string {
    return arnOf(this, this.serverless ? 'serverlesscache' : 'replicationgroup', this.cacheName);
  }

  /** @internal */
  abstract _userOf(serverName: string, given: CacheUser | undefined): CacheUser;
}

/** How a cache is reached: on its port, by what its security group lets in when that is known. */
export function connectionsTo(port: number, securityGroup?: ec2.ISecurityGroup): ec2.Connections {
  return new ec2.Connections({
    securityGroups: securityGroup ? [securityGroup] : [],
    defaultPort: ec2.Port.tcp(port),
  });
}
