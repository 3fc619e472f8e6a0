import type { BackendName } from './backends.ts';
import type { Facts } from './facts.ts';

/** How a backend that exists already is named to the constructs. */
export interface Existing {
  /** The call, for a message. */
  readonly call: string;
  /** What the call must be told, after "but not which". */
  readonly what: string;
  /** The call with names to replace. */
  readonly code: string;
  /** What to replace, and what else there is. */
  readonly notes: readonly string[];
}

/** How to use a backend that exists; undefined where the kit has no call for it. */
export function existingOf(name: BackendName, facts: Pick<Facts, 'role' | 'allowLostWrites'>): Existing | undefined {
  return EXISTING[name]?.(facts);
}

type Describe = (facts: Pick<Facts, 'role' | 'allowLostWrites'>) => Existing;

const EXISTING: Readonly<Partial<Record<BackendName, Describe>>> = {
  dynamodb: () => ({
    call: 'McpStorage.fromTable(table)',
    what: 'table',
    code: "McpStorage.fromTable(dynamodb.TableV2.fromTableName(this, 'Table', 'my-table'))",
    notes: ['put the name of your table in place of my-table'],
  }),
  redis: (facts) => cache('rediss', 'my-redis', facts),
  valkey: (facts) => cache('valkeys', 'my-valkey', facts),
  memcached: () => ({
    call: "McpStorage.fromUrl('memcacheds://…')",
    what: 'server',
    code: "McpStorage.fromUrl('memcacheds://my-memcached.example.com:11211')",
    notes: [
      'put the address of your Memcached in place of my-memcached.example.com',
      'one of ElastiCache is in a network: add network, a McpNetwork of its vpc, or use McpStorage.fromMemcached()',
    ],
  }),
};

function cache(scheme: string, name: string, { role, allowLostWrites }: Parameters<Describe>[0]): Existing {
  const secret = `secretsmanager.Secret.fromSecretNameV2(this, 'Credentials', '${name}')`;
  const accepted = role === 'oauth' && allowLostWrites ? ', allowLostWrites: true' : '';
  return {
    call: `McpStorage.fromUrl('${scheme}://…') or McpStorage.fromCache(cache)`,
    what: 'server',
    code: `McpStorage.fromUrl('${scheme}://${name}.example.com:6379', { credentials: ${secret}${accepted} })`,
    notes: [
      `put its address in place of ${name}.example.com, and the name of the secret with its username and password in place of ${name}`,
      'a cache of ElastiCache whose users sign in with IAM needs no secret: use McpStorage.fromCache()',
    ],
  };
}
