import type { CacheBuilder } from './cache-builder.ts';
import type { CacheNodesProps } from './cache-nodes.ts';
import { CacheNodes } from './cache-nodes.ts';
import type { ServerlessCacheProps } from './serverless-cache.ts';
import { ServerlessCache } from './serverless-cache.ts';

/** How a cache of Valkey or Redis OSS is built: without servers that you see, or of nodes that you choose. */
export class CacheShape {
  /**
   * A serverless cache: it grows and shrinks by itself, spans several zones, and is paid for what it holds and does.
   *
   * @throws Error when a value is outside of the limits of ElastiCache
   */
  static serverless(props: ServerlessCacheProps = {}): CacheShape {
    return new CacheShape(new ServerlessCache(props));
  }

  /**
   * Nodes, paid by the hour: one primary with replicas, or a cluster of several shards.
   *
   * @throws Error when a value is outside of the limits of ElastiCache, or values contradict each other
   */
  static nodes(props: CacheNodesProps = {}): CacheShape {
    return new CacheShape(new CacheNodes(props));
  }

  /** Whether a write that was acknowledged survives a failover, and is not evicted. */
  readonly durable: boolean;
  /** @internal */
  readonly _builder: CacheBuilder;

  private constructor(builder: CacheBuilder) {
    this._builder = builder;
    this.durable = builder.durable;
  }
}
