import type { CfnResource } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { isRetained } from '../../private/removal.ts';
import { CacheAccess } from './cache-access.ts';
import { CacheBase, connectionsTo } from './cache-base.ts';
import type { CacheFacts, IMcpCache } from './cache-base.ts';
import { CacheEngine } from './cache-engine.ts';
import { checkCacheName } from './cache-names.ts';
import { CacheShape } from './cache-shape.ts';
import type { CacheUser } from './cache-user.ts';
import { CacheUsers } from './cache-users.ts';
import type { ReplicationGroupAttributes, ServerlessCacheAttributes } from './imported-cache.ts';
import { ImportedCache } from './imported-cache.ts';

/** What a cache is, wherever it is. */
export interface CacheProps {
  /**
   * What it runs.
   *
   * @default - Valkey 8.1, or Redis OSS 7.1 where Redis is asked for; where the shape has durability, Valkey 9.0
   */
  readonly engine?: CacheEngine;
  /**
   * How it is built.
   *
   * @default CacheShape.serverless()
   */
  readonly shape?: CacheShape;
  /**
   * How servers sign in.
   *
   * @default CacheAccess.iam()
   */
  readonly access?: CacheAccess;
  /**
   * Name of the cache: 1 to 40 lower-case letters, digits and single hyphens.
   *
   * @default - generated. A serverless cache keeps it: what replaces the cache needs another name
   */
  readonly cacheName?: string;
  /**
   * Key that encrypts what lies on disks and in snapshots.
   *
   * @default - a key of ElastiCache, free of charge
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * What becomes of the data when it leaves the stack. A cache that is retained keeps its network, and is paid for on.
   *
   * @default - the `removalPolicy` of the server; without one a last snapshot is made, and the cache deleted
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Properties of a cache that servers share. */
export interface McpCacheProps extends CacheProps {
  /** Where it is. The servers that use it run there, too. */
  readonly network: McpNetwork;
}

/**
 * A cache of Valkey or Redis OSS for one server or several: encrypted, reached by its servers only, each of which signs in as
 * a user that may touch nothing but the keys of its own namespace.
 */
export class McpCache extends CacheBase {
  /** A serverless cache that exists already. Nothing about it is changed but, with a security group, who may connect. */
  static fromServerlessCacheAttributes(scope: Construct, id: string, attrs: ServerlessCacheAttributes): IMcpCache {
    // eslint-disable-next-line awscdk/require-passing-this -- an import belongs to whoever asks for it
    return new ImportedCache(scope, id, { ...attrs, serverless: true, clusterMode: true, durable: false });
  }

  /** A replication group that exists already. Nothing about it is changed but, with a security group, who may connect. */
  static fromReplicationGroupAttributes(scope: Construct, id: string, attrs: ReplicationGroupAttributes): IMcpCache {
    const { replicationGroupId: cacheName, clusterMode = false, durable = false } = attrs;
    // eslint-disable-next-line awscdk/require-passing-this -- an import belongs to whoever asks for it
    return new ImportedCache(scope, id, { ...attrs, cacheName, serverless: false, clusterMode, durable });
  }

  /** @internal */
  protected override readonly _facts: CacheFacts;
  private readonly users: CacheUsers;

  constructor(scope: Construct, id: string, props: McpCacheProps) {
    super(scope, id);
    checkCacheName(props.cacheName);
    const shape = props.shape ?? CacheShape.serverless();
    const builder = shape._builder;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.SNAPSHOT;
    const retained = isRetained(removalPolicy);
    const engine = props.engine ?? (builder.logged ? CacheEngine.VALKEY_9_0 : CacheEngine.VALKEY_8_1);
    this.users = new CacheUsers(this, 'Users', { engine, access: props.access ?? CacheAccess.iam(), retained });
    const { network } = props;
    const { vpc, vpcSubnets } = network;
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Cache of MCP servers',
      allowAllOutbound: false,
    });
    const { cacheName, address } = builder.build(this, {
      engine,
      cacheName: props.cacheName,
      description: `Of MCP servers: ${this.node.path}`.replaceAll(/[<>]/g, ' ').slice(0, 255),
      subnets: vpc.selectSubnets(vpcSubnets).subnets,
      securityGroup,
      userGroup: this.users.group,
      encryptionKey: props.encryptionKey,
      removalPolicy,
    });
    const { port, serverless, clusterMode, durable } = builder;
    const connections = connectionsTo(port, securityGroup);
    this._facts = {
      engine,
      cacheName,
      endpointAddress: address,
      port,
      serverless,
      clusterMode,
      durable,
      network,
      connections,
    };
    if (retained) {
      (securityGroup.node.defaultChild as CfnResource).applyRemovalPolicy(RemovalPolicy.RETAIN);
      network.retain();
    }
  }

  /**
   * The user of a server: it may run the commands of the store's adapter on keys that begin with `NAME__`, and nothing else.
   * `McpStorage.fromCache()` makes it; call this for a server of another application, which imports the cache.
   *
   * @throws Error when the cache has a user of this name already
   */
  addUser(serverName: string): CacheUser {
    return this.users.add(serverName);
  }

  /** @internal */
  override _userOf(serverName: string, given: CacheUser | undefined): CacheUser {
    if (given) {
      throw new Error(
        `the cache ${JSON.stringify(this.node.path)} makes a user for each of its servers: leave out the user of ` +
          JSON.stringify(serverName),
      );
    }
    return this.addUser(serverName);
  }
}
