import { Token } from 'aws-cdk-lib';

import { checkWholeNumber } from '../../private/limits.ts';
import type { CacheEngine } from './cache-engine.ts';
import {
  checkText,
  DAILY_WINDOW,
  DAYS_KEPT,
  DURABLE_FAMILY,
  NODE_TYPE,
  PORTS,
  REPLICAS,
  SHARDS,
  WEEKLY_WINDOW,
} from './cache-limits.ts';
import type { CacheNodesProps } from './cache-nodes.ts';

/** What follows from the properties of nodes. */
interface Derived {
  readonly clusterMode: boolean;
  /** Whether writes are logged in several zones. */
  readonly logged: boolean;
}

/** @throws Error when a value is outside of the limits of ElastiCache, or values contradict each other */
export function checkNodes(props: CacheNodesProps, { clusterMode, logged }: Derived): void {
  checkWholeNumber('shards', props.shards, SHARDS);
  checkWholeNumber('replicas', props.replicas, REPLICAS);
  checkWholeNumber('port', props.port, PORTS);
  checkWholeNumber('snapshotRetention', props.snapshotRetention?.toDays({ integral: false }), DAYS_KEPT);
  if (!Token.isUnresolved(props.nodeType)) checkText('nodeType', props.nodeType, NODE_TYPE, 'cache.m7g.large');
  checkText('snapshotWindow', props.snapshotWindow, DAILY_WINDOW, '03:00-04:00');
  checkText('maintenanceWindow', props.maintenanceWindow, WEEKLY_WINDOW, 'sun:23:00-mon:01:30');
  if (props.snapshotRetention?.toDays() === 0 && props.snapshotWindow !== undefined) {
    throw new Error('snapshotWindow has no meaning where snapshotRetention is 0 days: leave one of them out');
  }
  if (!clusterMode && (props.shards ?? 1) > 1) {
    throw new Error(`${props.shards} shards are a cluster: leave out clusterMode: false`);
  }
  checkAvailability(props, clusterMode);
  if (logged) checkLogged(props, clusterMode);
}

function checkAvailability(props: CacheNodesProps, clusterMode: boolean): void {
  const { replicas = 1, multiAz, automaticFailover } = props;
  if (replicas === 0 && multiAz) throw new Error('multiAz needs replicas, 1 or more: without any, leave it out');
  if (replicas === 0 && automaticFailover && !clusterMode) {
    throw new Error('automaticFailover needs replicas, 1 or more: without any, leave it out');
  }
  if (automaticFailover !== false) return;
  if (clusterMode) throw new Error('a cluster always fails over by itself: leave out automaticFailover: false');
  if (multiAz ?? replicas > 0) {
    throw new Error('multiAz needs automaticFailover: leave out automaticFailover: false, or set multiAz: false');
  }
}

/** What ElastiCache asks of a cache that logs its writes in several zones. */
function checkLogged(props: CacheNodesProps, clusterMode: boolean): void {
  const { replicas = 1, multiAz = true, nodeType, parameters } = props;
  if (!clusterMode) throw new Error('durability needs cluster mode: leave out clusterMode: false');
  if (replicas === 0 || !multiAz) {
    throw new Error('durability needs nodes in several zones: replicas, 1 or more, and no multiAz: false');
  }
  if (nodeType !== undefined && !Token.isUnresolved(nodeType) && !DURABLE_FAMILY.test(nodeType)) {
    throw new Error(
      `nodes of type ${JSON.stringify(nodeType)} have no durability: use one of the families m6g, m7g, m8g, r6g, r7g, ` +
        'r8g, c7gn and c8gn, such as "cache.m7g.large"',
    );
  }
  const policy = parameters?.['maxmemory-policy'];
  if (props.durability?.value === 'sync' && policy !== undefined && policy !== 'noeviction') {
    throw new Error(
      `maxmemory-policy ${JSON.stringify(policy)} evicts what CacheDurability.SYNC keeps: leave it out, or use ASYNC`,
    );
  }
}

/** @throws Error when the engine cannot log its writes */
export function checkEngine(engine: CacheEngine, logged: boolean): void {
  if (!logged || (engine.engineName === 'valkey' && engine.isAtLeast(9, 0))) return;
  throw new Error(
    `${engine.engineName} ${engine.version} has no durability: use CacheEngine.VALKEY_9_0 or newer, or leave out durability`,
  );
}
