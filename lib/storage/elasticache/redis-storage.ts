import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

import { RuntimePart } from '../../code/runtime-part.ts';
import type { IStorageGrants } from '../bound-storage.ts';
import { BoundStorage } from '../bound-storage.ts';
import type { McpStorageBindOptions } from '../mcp-storage.ts';
import { claimNamespace } from '../namespaces.ts';
import type { IMcpCache } from './cache-base.ts';
import { CacheEngine } from './cache-engine.ts';
import type { CacheUser } from './cache-user.ts';
import type { CacheProps } from './mcp-cache.ts';
import { McpCache } from './mcp-cache.ts';

/** How a server uses a cache of Valkey or Redis OSS. */
export interface CacheStorageOptions {
  /**
   * Whether OAuth state may be kept in a cache whose failover loses writes that were acknowledged: clients then sign in again.
   *
   * @default false
   */
  readonly allowLostWrites?: boolean;
}

/** How a server uses a cache that it shares, or that exists already. */
export interface SharedCacheOptions extends CacheStorageOptions {
  /**
   * Whom the server signs in as. It must be a user of the cache, for the keys `NAME__*` of the server.
   *
   * @default - a new user; a cache that exists already must be told
   */
  readonly user?: CacheUser;
}

/** A cache of Valkey or Redis OSS for one server. */
export interface CacheStorageProps extends CacheProps, CacheStorageOptions {}

/** @internal */
export function bindNewCache(
  server: Construct,
  engineName: string,
  props: CacheStorageProps,
  options: McpStorageBindOptions,
): BoundStorage {
  const cache = new McpCache(server, 'Storage', {
    ...props,
    engine: engineOf(engineName, props.engine),
    network: options.network.obtain(),
    removalPolicy: props.removalPolicy ?? options.removalPolicy,
  });
  return new RedisStorage(server, cache, props, options);
}

/** @internal */
export function bindCache(
  server: Construct,
  cache: IMcpCache,
  shared: SharedCacheOptions,
  options: McpStorageBindOptions,
): BoundStorage {
  options.network.join(cache.network);
  return new RedisStorage(server, cache, shared, options);
}

/** Undefined where the shape of the cache decides. */
function engineOf(engineName: string, engine: CacheEngine | undefined): CacheEngine | undefined {
  if (engine && engine.engineName !== engineName) {
    throw new Error(
      `McpStorage.${engineName}() cannot run ${engine.engineName} ${engine.version}: ` +
        `use McpStorage.${engine.engineName}(), or leave out the engine`,
    );
  }
  return engine ?? (engineName === 'redis' ? CacheEngine.REDIS_7_1 : undefined);
}

class RedisStorage extends BoundStorage {
  override readonly url: string;
  override readonly parts = [RuntimePart.REDIS_STORE];
  override readonly durable = true;
  override readonly shared = true;
  override readonly allowsLostWrites: boolean;
  override readonly grants: IStorageGrants;
  private readonly cache: IMcpCache;

  constructor(server: Construct, cache: IMcpCache, props: SharedCacheOptions, { serverName }: McpStorageBindOptions) {
    super();
    claimNamespace(server, { resource: cache, arn: cache.cacheArn, what: 'cache' }, serverName);
    const login = cache._userOf(serverName, props.user)._loginTo(cache);
    const query = [
      ...login.options,
      ...(cache.clusterMode ? ['cluster=true'] : []),
      ...(cache.durable ? ['durable=true'] : []),
    ];
    this.cache = cache;
    this.allowsLostWrites = props.allowLostWrites ?? false;
    this.url = `${cache.engine._scheme}://${login.authority}${cache.endpointAddress}:${cache.port}/0?${query.join('&')}`;
    this.grants = { readWrite: (grantee) => login.grant(grantee) };
  }

  override get unfitForState(): string | undefined {
    if (this.cache.durable || this.allowsLostWrites) return undefined;
    return (
      'loses writes that were acknowledged when a node fails. Use shape: CacheShape.nodes({ durability: ' +
      'CacheDurability.SYNC }) of Valkey, or accept the loss by allowLostWrites: true. Otherwise'
    );
  }

  /** The primaries only: what was written must be found, and replicas are told later. */
  override connectFrom(client: ec2.IConnectable): void {
    // From the side of the client: its rules may refer to the cache's stack, the cache's never to the client's.
    client.connections.allowTo(this.cache, ec2.Port.tcp(this.cache.port), 'Store of the server');
  }
}
