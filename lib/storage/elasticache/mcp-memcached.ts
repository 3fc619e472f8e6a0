import type { CfnResource, IResource } from 'aws-cdk-lib';
import { RemovalPolicy, Resource } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { isRetained, refuseSnapshot } from '../../private/removal.ts';
import { checkCacheName } from './cache-names.ts';
import type { MemcachedAttributes } from './imported-memcached.ts';
import { ImportedMemcached } from './imported-memcached.ts';
import { MemcachedShape } from './memcached-shape.ts';
import { MemcachedVersion } from './memcached-version.ts';

/** A Memcached cache that servers may share. */
export interface IMcpMemcached extends IResource, ec2.IConnectable {
  /** Host that clients connect to; of nodes their configuration endpoint. */
  readonly endpointAddress: string;
  /** Port that clients connect to. */
  readonly port: number;
  /** Whether clients ask the endpoint for the nodes. */
  readonly discovery: boolean;
  /** Where it is. */
  readonly network: McpNetwork;
}

/** What a Memcached cache is, wherever it is. */
export interface MemcachedProps {
  /**
   * The version of Memcached.
   *
   * @default MemcachedVersion.V1_6_22
   */
  readonly version?: MemcachedVersion;
  /**
   * How it is built.
   *
   * @default MemcachedShape.serverless()
   */
  readonly shape?: MemcachedShape;
  /**
   * Name of the cache: 1 to 40 lower-case letters, digits and single hyphens.
   *
   * @default - generated. A serverless cache keeps it: what replaces the cache needs another name
   */
  readonly cacheName?: string;
  /**
   * Key that encrypts what a serverless cache writes to disks.
   *
   * @default - a key of ElastiCache, free of charge
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * What becomes of the cache when it leaves the stack. What is in it may be lost at any time anyway.
   *
   * @default - the `removalPolicy` of the server; without one it is deleted
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Properties of a Memcached cache that servers share. */
export interface McpMemcachedProps extends MemcachedProps {
  /** Where it is. The servers that use it run there, too. */
  readonly network: McpNetwork;
}

/**
 * A Memcached cache for one server or several, reached through TLS by its servers only. It knows no users: servers that
 * share it keep their entries apart by their names, but could read each other's.
 */
export class McpMemcached extends Resource implements IMcpMemcached {
  /** A cache that exists already, with TLS. Nothing about it is changed but, with a security group, who may connect. */
  static fromMemcachedAttributes(scope: Construct, id: string, attrs: MemcachedAttributes): IMcpMemcached {
    // eslint-disable-next-line awscdk/require-passing-this -- an import belongs to whoever asks for it
    return new ImportedMemcached(scope, id, attrs);
  }

  readonly endpointAddress: string;
  readonly port: number;
  readonly discovery: boolean;
  readonly network: McpNetwork;
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: McpMemcachedProps) {
    super(scope, id);
    checkCacheName(props.cacheName);
    refuseSnapshot('a Memcached cache', props.removalPolicy);
    const shape = props.shape ?? MemcachedShape.serverless();
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.DESTROY;
    const { vpc, vpcSubnets } = props.network;
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Memcached of MCP servers',
      allowAllOutbound: false,
    });
    this.network = props.network;
    this.port = shape._port;
    this.discovery = !shape.serverless;
    this.endpointAddress = shape._build(this, {
      version: props.version ?? MemcachedVersion.V1_6_22,
      cacheName: props.cacheName,
      description: `Of MCP servers: ${this.node.path}`.replaceAll(/[<>]/g, ' ').slice(0, 255),
      subnets: vpc.selectSubnets(vpcSubnets).subnets,
      securityGroup,
      encryptionKey: props.encryptionKey,
      removalPolicy,
    });
    this.connections = new ec2.Connections({
      securityGroups: [securityGroup],
      defaultPort: ec2.Port.tcp(this.port),
    });
    if (isRetained(removalPolicy)) {
      (securityGroup.node.defaultChild as CfnResource).applyRemovalPolicy(RemovalPolicy.RETAIN);
      props.network.retain();
    }
  }
}
