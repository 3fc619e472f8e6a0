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
  disk: () => ({
    call: 'McpStorage.fromFileSystem(fileSystem)',
    what: 'file system',
    code:
      "McpStorage.fromFileSystem(efs.FileSystem.fromFileSystemAttributes(this, 'Files', { fileSystemId: 'fs-0123', " +
      "securityGroup: ec2.SecurityGroup.fromSecurityGroupId(this, 'FilesGroup', 'sg-0123') }))",
    notes: [
      'put the id of your file system in place of fs-0123, and that of its security group in place of sg-0123',
      'it is in a network: add network, a McpNetwork of its vpc',
    ],
  }),
  mongodb: () => ({
    call: "McpStorage.fromUrl('mongodb+srv://…') or McpStorage.fromCluster(cluster, { credentials })",
    what: 'cluster',
    code: `McpStorage.fromUrl('mongodb+srv://my-mongo.example.com/my-database', { credentials: ${secret('my-mongo')} })`,
    notes: [
      'put its address in place of my-mongo.example.com, a database in place of my-database, and the name of the secret with ' +
        'its username and password in place of my-mongo',
      'one of DocumentDB is in a network: add network, a McpNetwork of its vpc, and use McpStorage.fromCluster()',
    ],
  }),
  elasticsearch: () => ({
    call: "McpStorage.fromUrl('elasticsearch+https://…') or McpStorage.fromDomain(domain)",
    what: 'cluster',
    code: `McpStorage.fromUrl('elasticsearch+https://my-search.example.com/my-indexes', { credentials: ${secret('my-search')} })`,
    notes: [
      'put its address in place of my-search.example.com, the beginning of its indexes in place of my-indexes, and the name of ' +
        'the secret with its credentials in place of my-search',
      'one of OpenSearch Service takes requests that the role of the server signs: use McpStorage.fromDomain() or fromCollection()',
    ],
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
  const accepted = role === 'oauth' && allowLostWrites ? ', allowLostWrites: true' : '';
  return {
    call: `McpStorage.fromUrl('${scheme}://…') or McpStorage.fromCache(cache)`,
    what: 'server',
    code: `McpStorage.fromUrl('${scheme}://${name}.example.com:6379', { credentials: ${secret(name)}${accepted} })`,
    notes: [
      `put its address in place of ${name}.example.com, and the name of the secret with its username and password in place of ${name}`,
      'a cache of ElastiCache whose users sign in with IAM needs no secret: use McpStorage.fromCache()',
    ],
  };
}

function secret(name: string): string {
  return `secretsmanager.Secret.fromSecretNameV2(this, 'Credentials', '${name}')`;
}
