import type { Advice, Lack } from './finding.ts';

/** As people write the engines that AWS names. */
export function engineTitle(engine: string | undefined): string {
  const name = (engine ?? 'redis').toLowerCase();
  return { valkey: 'Valkey', redis: 'Redis OSS', memcached: 'Memcached' }[name] ?? name;
}

export function isMemcached({ Engine }: { readonly Engine?: string | undefined }): boolean {
  return Engine === 'memcached';
}

/** States in which a cache answers, whatever AWS is doing to it meanwhile. */
const SERVING = /^(?:available|modifying|snapshotting|rebooting cluster nodes)$/;

export function statusLack(status = 'unknown'): Lack[] {
  if (SERVING.test(status)) return [];
  const remedy =
    status === 'creating' ? 'wait until it is available' : 'see what the console says of it, or use another';
  return [{ what: `it is ${status}`, remedy: [remedy] }];
}

/** Memcached is a cache and nothing more. */
export const MEMCACHED_LOSES: Lack = {
  role: 'oauth',
  what: 'Memcached evicts what it holds when memory is short, and loses it with its node',
  remedy: ['use it for the cache only, and a DynamoDB table for OAuth state'],
};

export const OPEN_MEMCACHED: Advice = {
  what: 'Memcached asks nobody who they are: only its security groups keep others out',
};

/** Every other cache that keeps no log of its writes. */
export const REPLICATION_LOSES: Lack = {
  role: 'oauth',
  what: 'its replication is asynchronous: a failover loses writes that were acknowledged',
  remedy: [
    'keep OAuth state in a DynamoDB table, or in nodes with Valkey 9.0 or later that are made with --durability sync ' +
      '(it cannot be turned on later)',
  ],
};
