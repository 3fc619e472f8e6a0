import type { BackendName } from './backends.ts';
import { BACKENDS } from './backends.ts';
import type { Choice } from './choose-backend.ts';
import { existingOf } from './existing.ts';
import { provisioningCall } from './provisioned.ts';

/** What to do with a choice today. */
export interface Paste {
  /** A line of CDK for the properties of `McpServer`; undefined when nothing suits, or on a machine of one's own. */
  readonly code?: string;
  /** What the line does not do. */
  readonly notes: readonly string[];
}

/** The line to paste, and honestly what it leaves to the user. */
export function pasteFor({ ranking: [best], workload }: Choice): Paste {
  if (!best) return { notes: ['nothing can serve this workload: change what the refusals name'] };
  if (workload.platform === 'machine') return { notes: [machineNote(best.backend)] };
  const existing = workload.existing.includes(best.backend) ? existingOf(best.backend, workload) : undefined;
  if (existing) return { code: `storage: ${existing.code},`, notes: existing.notes };
  return {
    code: `storage: ${provisioningCall(best, workload)},${networkFor(best.backend, workload)}`,
    notes:
      best.backend === 'rocksdb' ? ['a function has no such volume: give the server a compute that runs one task'] : [],
  };
}

/** The network that is made for storage is isolated: whoever calls the internet brings one that is not. */
function networkFor(name: BackendName, { internet }: Choice['workload']): string {
  return internet && BACKENDS[name].inNetwork ? " network: new McpNetwork(this, 'Network', { natGateways: 1 })," : '';
}

/** The constructs deploy to AWS: on a machine of one's own, a store is a URL in the environment. */
function machineNote(name: BackendName): string {
  const { store, adapter } = MACHINE_URLS[name];
  return `on a machine of your own nothing is provisioned: set MCP_STORE_URL=${store}, and give the host the adapter ${adapter}`;
}

const MACHINE_URLS: Readonly<Record<BackendName, { readonly store: string; readonly adapter: string }>> = {
  memory: { store: 'memory:', adapter: 'memoryAdapter' },
  disk: { store: 'file:///var/lib/mcp', adapter: 'diskAdapter' },
  redis: { store: 'redis://localhost:6379', adapter: 'redisAdapter' },
  valkey: { store: 'valkey://localhost:6379', adapter: 'redisAdapter' },
  memcached: { store: 'memcached://localhost:11211', adapter: 'memcachedAdapter' },
  dynamodb: { store: "'dynamodb://my-table?region=us-east-1'", adapter: 'dynamoDbAdapter' },
  mongodb: { store: 'mongodb://localhost:27017/mcp', adapter: 'mongoDbAdapter' },
  elasticsearch: { store: 'elasticsearch+http://localhost:9200/mcp', adapter: 'openSearchAdapter' },
  rocksdb: { store: 'rocksdb:///var/lib/mcp', adapter: 'rocksDbAdapter' },
};
