import type { BackendName } from './backends.ts';
import { BACKENDS } from './backends.ts';
import type { Choice, RankedBackend } from './choose-backend.ts';
import type { Nodes } from './cost-option.ts';

/** The call that provisions each backend. Tests hold it against the constructs. */
export const PROVISIONED: Readonly<Record<BackendName, string>> = {
  memory: 'McpStorage.memory()',
  disk: 'McpStorage.disk()',
  redis: 'McpStorage.redis()',
  valkey: 'McpStorage.valkey()',
  dynamodb: 'McpStorage.dynamoDb()',
  mongodb: 'McpStorage.mongoDb()',
  elasticsearch: 'McpStorage.openSearch()',
  memcached: 'McpStorage.memcached()',
  rocksdb: 'McpStorage.rocksDb()',
};

/** The call that provisions a backend for a workload, in the way that its cost was worked out for. */
export function provisioningCall(best: RankedBackend, { role, allowLostWrites }: Choice['workload']): string {
  const accepted = role === 'oauth' && allowLostWrites && BACKENDS[best.backend].losesWrites === 'on failover';
  const props = [
    ...(best.nodes ? [`shape: ${shapeCall(best.backend, best.nodes)}`] : []),
    ...(accepted ? ['allowLostWrites: true'] : []),
  ];
  const call = PROVISIONED[best.backend];
  return props.length > 0 ? call.replace(/\(\)$/, () => `({ ${props.join(', ')} })`) : call;
}

function shapeCall(name: BackendName, { type, count }: Nodes): string {
  return name === 'memcached'
    ? `MemcachedShape.nodes({ nodeType: '${type}', nodes: ${count} })`
    : `CacheShape.nodes({ nodeType: '${type}', replicas: ${count - 1} })`;
}
