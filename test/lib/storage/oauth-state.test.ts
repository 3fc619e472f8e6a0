import type { Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';

import {
  CacheDurability,
  CacheEngine,
  CacheShape,
  CacheUser,
  McpCache,
  McpDocumentDb,
  McpFileSystem,
  McpMemcached,
  McpNetwork,
  McpSearchCollection,
  McpSearchDomain,
  McpStorage,
  MemcachedShape,
  OpenSearchShape,
} from '../../../lib/index.ts';
import { StatefulAuth } from '../support/stateful-auth.ts';
import { silenceWarnings, testServer, testStack } from '../support/test-app.ts';

silenceWarnings();

type Storage = (stack: Stack) => McpStorage;

const networkOf = (stack: Stack) => new McpNetwork(stack, 'Network');
const sync = () => CacheShape.nodes({ durability: CacheDurability.SYNC });
const later = () => CacheShape.nodes({ durability: CacheDurability.ASYNC });

/** A replication group that was made with durable writes, or not. */
const importedGroup = (stack: Stack, durable: boolean) =>
  McpCache.fromReplicationGroupAttributes(stack, 'Cache', {
    replicationGroupId: 'state',
    engine: CacheEngine.VALKEY_9_0,
    endpointAddress: 'master.state.abc123.euw1.cache.amazonaws.com',
    network: networkOf(stack),
    durable,
  });
const user = CacheUser.iam('weather');

const FORGETS = 'would lose clients and tokens, or hide them from other instances';
const LOSES = 'loses writes that were acknowledged when a node fails';
const EVICTS = 'evicts entries, and forgets all of a node that is replaced';
const SHARES_FILES = 'is a network file system';
const ONE_COPY = 'keeps one copy of what it stores, on one node';
const SHOWS_LATE = 'is a serverless collection, which shows what was written only after seconds';

const REFUSED: Readonly<Record<string, readonly [why: string, storage: Storage]>> = {
  memory: [FORGETS, () => McpStorage.memory()],
  RocksDB: [FORGETS, () => McpStorage.rocksDb()],
  EFS: [SHARES_FILES, () => McpStorage.disk()],
  'a shared file system': [
    SHARES_FILES,
    (stack) => McpStorage.fromFileSystem(new McpFileSystem(stack, 'Files', { network: networkOf(stack) }).fileSystem),
  ],
  Valkey: [LOSES, () => McpStorage.valkey()],
  Redis: [LOSES, () => McpStorage.redis()],
  'nodes of Valkey': [LOSES, () => McpStorage.valkey({ shape: CacheShape.nodes() })],
  'nodes of Redis': [LOSES, () => McpStorage.redis({ shape: CacheShape.nodes() })],
  'Valkey whose log is written later': [LOSES, () => McpStorage.valkey({ shape: later() })],
  'a shared cache': [
    LOSES,
    (stack) => McpStorage.fromCache(new McpCache(stack, 'Cache', { network: networkOf(stack) })),
  ],
  'a replication group that exists': [LOSES, (stack) => McpStorage.fromCache(importedGroup(stack, false), { user })],
  Memcached: [EVICTS, () => McpStorage.memcached()],
  'nodes of Memcached': [EVICTS, () => McpStorage.memcached({ shape: MemcachedShape.nodes() })],
  'a shared Memcached': [
    EVICTS,
    (stack) => McpStorage.fromMemcached(new McpMemcached(stack, 'Cache', { network: networkOf(stack) })),
  ],
  'a domain of one node': [
    ONE_COPY,
    () => McpStorage.openSearch({ shape: OpenSearchShape.domain({ zones: 1, dataNodes: 1 }) }),
  ],
  'a serverless collection': [SHOWS_LATE, () => McpStorage.openSearch({ shape: OpenSearchShape.serverless() })],
  'a shared collection': [
    SHOWS_LATE,
    (stack) =>
      McpStorage.fromCollection(new McpSearchCollection(stack, 'Search', { network: networkOf(stack) }).collection),
  ],
  'Redis by URL': ['Write durable=true into its URL', () => McpStorage.fromUrl('rediss://cache.example.com')],
  'Valkey by URL': ['allowLostWrites: true', () => McpStorage.fromUrl('valkeys://cache.example.com')],
  'Memcached by URL': ['evicts entries', () => McpStorage.fromUrl('memcacheds://cache.example.com')],
  'Memcached by URL, whose loss nobody can accept': [
    'evicts entries',
    () => McpStorage.fromUrl('memcacheds://cache.example.com', { allowLostWrites: true }),
  ],
};

const KEPT: Readonly<Record<string, Storage>> = {
  'a table': () => McpStorage.dynamoDb(),
  'a table that exists': (stack) => McpStorage.fromTable(dynamodb.TableV2.fromTableName(stack, 'Table', 'shared')),
  DocumentDB: () => McpStorage.mongoDb(),
  'a shared cluster of DocumentDB': (stack) => {
    const { cluster, credentials } = new McpDocumentDb(stack, 'Documents', { network: networkOf(stack) });
    return McpStorage.fromCluster(cluster, { credentials });
  },
  'a domain': () => McpStorage.openSearch(),
  'a shared domain': (stack) =>
    McpStorage.fromDomain(new McpSearchDomain(stack, 'Search', { network: networkOf(stack) }).domain),
  'a domain that exists': (stack) =>
    McpStorage.fromDomain(
      opensearch.Domain.fromDomainAttributes(stack, 'Search', {
        domainArn: 'arn:aws:es:eu-west-1:111122223333:domain/notes',
        domainEndpoint: 'search-notes-abc123.eu-west-1.es.amazonaws.com',
      }),
    ),
  'Valkey whose log is written first': () => McpStorage.valkey({ shape: sync() }),
  'a replication group that exists and is durable': (stack) =>
    McpStorage.fromCache(importedGroup(stack, true), { user }),
  'Valkey whose loss is accepted': () => McpStorage.valkey({ allowLostWrites: true }),
  'Redis whose loss is accepted': () => McpStorage.redis({ allowLostWrites: true }),
  'nodes of Valkey whose loss is accepted': () =>
    McpStorage.valkey({ shape: CacheShape.nodes(), allowLostWrites: true }),
  'a shared cache whose loss is accepted': (stack) =>
    McpStorage.fromCache(new McpCache(stack, 'Cache', { network: networkOf(stack) }), { allowLostWrites: true }),
  'Redis by URL that says it is durable': () => McpStorage.fromUrl('rediss://cache.example.com?durable=true'),
  'Redis by URL whose loss is accepted': () =>
    McpStorage.fromUrl('rediss://cache.example.com', { allowLostWrites: true }),
  'MongoDB by URL': () => McpStorage.fromUrl('mongodb+srv://cluster.example.com/weather'),
  'Elasticsearch by URL': () => McpStorage.fromUrl('elasticsearch+https://elastic.example.com/weather'),
};

function serve(storage: Storage) {
  const stack = testStack();
  return testServer({ auth: new StatefulAuth(), storage: storage(stack) }, stack);
}

describe('auth that keeps clients and tokens', () => {
  test.each(Object.entries(REFUSED))('is refused on %s, with what to use instead', (_name, [why, storage]) => {
    let message = '';
    try {
      serve(storage);
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).toMatch(
      /^this auth keeps clients and tokens, and this storage .+: use storage: McpStorage\.dynamoDb\(\)$/,
    );
    expect(message).toContain(why);
  });

  test.each(Object.entries(KEPT))('is kept on %s', (_name, storage) => {
    const server = serve(storage);
    expect(server.storage.unfitForState).toBeUndefined();
    expect(server.storage.shared && server.storage.durable).toBe(true);
  });

  test('a cache that would lose writes says how it could not, or that the loss may be accepted', () => {
    const remedy =
      'Use shape: CacheShape.nodes({ durability: CacheDurability.SYNC }) of Valkey, or accept the loss by allowLostWrites: true';
    expect(() => serve(() => McpStorage.valkey())).toThrow(remedy);
    expect(() => serve(() => McpStorage.redis())).toThrow(remedy);
  });
});

test('auth that keeps nothing may be on storage that is not for state', () => {
  const stack = testStack();
  expect(testServer({ storage: McpStorage.valkey() }, stack).storage.unfitForState).toContain(LOSES);
});
