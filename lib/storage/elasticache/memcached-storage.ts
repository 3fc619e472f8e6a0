import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

import { RuntimePart } from '../../code/runtime-part.ts';
import { withoutSnapshot } from '../../private/removal.ts';
import type { IStorageGrants } from '../bound-storage.ts';
import { BoundStorage } from '../bound-storage.ts';
import type { McpStorageBindOptions } from '../mcp-storage.ts';
import { claimNamespace } from '../namespaces.ts';
import type { IMcpMemcached, MemcachedProps } from './mcp-memcached.ts';
import { McpMemcached } from './mcp-memcached.ts';

/** @internal */
export function bindNewMemcached(
  server: Construct,
  props: MemcachedProps,
  options: McpStorageBindOptions,
): BoundStorage {
  const cache = new McpMemcached(server, 'Storage', {
    ...props,
    network: options.network.obtain(),
    removalPolicy: props.removalPolicy ?? withoutSnapshot(options.removalPolicy),
  });
  return new MemcachedStorage(server, cache, options);
}

/** @internal */
export function bindMemcached(server: Construct, cache: IMcpMemcached, options: McpStorageBindOptions): BoundStorage {
  options.network.join(cache.network);
  return new MemcachedStorage(server, cache, options);
}

class MemcachedStorage extends BoundStorage {
  override readonly url: string;
  override readonly parts = [RuntimePart.MEMCACHED_STORE];
  override readonly durable = false;
  override readonly shared = true;
  override readonly grants: IStorageGrants = {
    readWrite: (grantee) => iam.Grant.drop(grantee, 'Memcached knows no users: its network decides'),
  };
  private readonly cache: IMcpMemcached;

  constructor(server: Construct, cache: IMcpMemcached, { serverName }: McpStorageBindOptions) {
    super();
    const { endpointAddress, port, discovery } = cache;
    claimNamespace(server, { resource: cache, arn: endpointAddress, what: 'Memcached cache' }, serverName);
    this.cache = cache;
    this.url = `memcacheds://${endpointAddress}:${port}${discovery ? '?discovery=true' : ''}`;
  }

  override get unfitForState(): string {
    return 'evicts entries, and forgets all of a node that is replaced';
  }

  override connectFrom(client: ec2.IConnectable): void {
    // From the side of the client: its rules may refer to the cache's stack, the cache's never to the client's.
    client.connections.allowTo(this.cache, ec2.Port.tcp(this.cache.port), 'Store of the server');
  }
}
