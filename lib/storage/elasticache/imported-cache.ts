import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import type { CacheFacts } from './cache-base.ts';
import { CacheBase, connectionsTo } from './cache-base.ts';
import type { CacheEngine } from './cache-engine.ts';
import type { CacheUser } from './cache-user.ts';
import { checkEndpointAddress } from './endpoint-address.ts';

/** What is known of a cache that exists already. */
export interface CacheAttributes {
  /** What it runs. */
  readonly engine: CacheEngine;
  /** Host that clients connect to: of a cluster its configuration endpoint, otherwise the primary endpoint. */
  readonly endpointAddress: string;
  /**
   * Port that clients connect to.
   *
   * @default 6379
   */
  readonly port?: number;
  /** The network that it is in. The servers that use it run there, too. */
  readonly network: McpNetwork;
  /**
   * Its security group: servers that use it are let in.
   *
   * @default - none is changed: it must let the servers in already
   */
  readonly securityGroup?: ec2.ISecurityGroup;
}

/** What is known of a serverless cache that exists already. */
export interface ServerlessCacheAttributes extends CacheAttributes {
  /** Name of the cache. */
  readonly cacheName: string;
}

/** What is known of a replication group that exists already. */
export interface ReplicationGroupAttributes extends CacheAttributes {
  /** Id of the replication group. */
  readonly replicationGroupId: string;
  /**
   * Whether clients must speak the protocol of clusters.
   *
   * @default false
   */
  readonly clusterMode?: boolean;
  /**
   * Whether a write that was acknowledged survives a failover, and is not evicted: `durability` is `sync`, and
   * `maxmemory-policy` is `noeviction`.
   *
   * @default false
   */
  readonly durable?: boolean;
}

interface Props extends CacheAttributes {
  readonly cacheName: string;
  readonly serverless: boolean;
  readonly clusterMode: boolean;
  readonly durable: boolean;
}

const PORT = 6379;

/** @internal */
export class ImportedCache extends CacheBase {
  /** @internal */
  protected override readonly _facts: CacheFacts;

  // eslint-disable-next-line awscdk/no-unused-props -- all of them are the facts; the rule does not see a spread
  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    checkEndpointAddress(props.endpointAddress);
    const port = props.port ?? PORT;
    this._facts = { ...props, port, connections: connectionsTo(port, props.securityGroup) };
  }

  /** @internal */
  override _userOf(serverName: string, given: CacheUser | undefined): CacheUser {
    if (given) return given;
    throw new Error(
      `the cache ${JSON.stringify(this.node.path)} exists already, and so must the user of ${JSON.stringify(serverName)}: ` +
        "name it, McpStorage.fromCache(cache, { user: CacheUser.iam('…') })",
    );
  }
}
