import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

import type { MemcachedNodesProps } from './memcached-nodes.ts';
import { buildMemcachedNodes, checkMemcachedNodes, MEMCACHED_PORT } from './memcached-nodes.ts';
import type { MemcachedVersion } from './memcached-version.ts';
import { buildServerlessMemcached } from './serverless-memcached.ts';
import type { ServerlessUsage } from './usage-limits.ts';
import { checkUsage } from './usage-limits.ts';

/** What the resource of a Memcached cache is made of. */
export interface MemcachedBuildOptions {
  readonly version: MemcachedVersion;
  readonly cacheName?: string;
  readonly description: string;
  readonly subnets: readonly ec2.ISubnet[];
  readonly securityGroup: ec2.ISecurityGroup;
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy: RemovalPolicy;
}

/** Makes the resource, and says where clients find it. */
type Build = (cache: Construct, options: MemcachedBuildOptions) => string;

/** How a Memcached cache is built: without servers that you see, or of nodes that you choose. */
export class MemcachedShape {
  /**
   * A serverless cache: it grows and shrinks by itself, spans several zones, and is paid for what it holds and does.
   *
   * @throws Error when a value is outside of the limits of ElastiCache
   */
  static serverless(props: ServerlessUsage = {}): MemcachedShape {
    checkUsage(props);
    return new MemcachedShape(true, MEMCACHED_PORT, (cache, options) =>
      buildServerlessMemcached(cache, props, options),
    );
  }

  /**
   * Nodes, paid by the hour, which clients find through a configuration endpoint.
   *
   * @throws Error when a value is outside of the limits of ElastiCache
   */
  static nodes(props: MemcachedNodesProps = {}): MemcachedShape {
    checkMemcachedNodes(props);
    return new MemcachedShape(false, props.port ?? MEMCACHED_PORT, (cache, options) =>
      buildMemcachedNodes(cache, props, options),
    );
  }

  /** Whether it is serverless. */
  readonly serverless: boolean;
  /** @internal */
  readonly _port: number;
  /** @internal */
  readonly _build: Build;

  private constructor(serverless: boolean, port: number, build: Build) {
    this.serverless = serverless;
    this._port = port;
    this._build = build;
  }
}
