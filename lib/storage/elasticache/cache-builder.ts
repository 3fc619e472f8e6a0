import type { CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

import type { CacheEngine } from './cache-engine.ts';

/** What the resource of a cache is made of. */
export interface CacheBuildOptions {
  readonly engine: CacheEngine;
  readonly cacheName?: string;
  readonly description: string;
  readonly subnets: readonly ec2.ISubnet[];
  readonly securityGroup: ec2.ISecurityGroup;
  readonly userGroup: elasticache.CfnUserGroup;
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy: RemovalPolicy;
}

/** The resource, and where clients find it. */
export interface BuiltCache {
  readonly resource: CfnResource;
  readonly cacheName: string;
  readonly address: string;
}

/** Makes the resource of a cache of Valkey or Redis OSS. */
export interface CacheBuilder {
  readonly serverless: boolean;
  readonly clusterMode: boolean;
  readonly durable: boolean;
  /** Whether writes are logged in several zones, before the answer or after. */
  readonly logged: boolean;
  readonly port: number;
  build(cache: Construct, options: CacheBuildOptions): BuiltCache;
}
