import type { BackendName } from './backends.ts';
import { BACKENDS } from './backends.ts';
import type { Choice } from './choose-backend.ts';

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

/** The call that provisions a backend for a workload. */
export function provisioningCall(name: BackendName, { role, allowLostWrites }: Choice['workload']): string {
  const call = PROVISIONED[name];
  const accepted = role === 'oauth' && allowLostWrites && BACKENDS[name].losesWrites === 'on failover';
  return accepted ? call.replace(/\(\)$/, '({ allowLostWrites: true })') : call;
}
