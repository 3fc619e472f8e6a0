import { CacheDurability, CacheShape, McpAuth, McpCache, McpNetwork, McpStorage } from '../../../../lib/index.ts';
import type { McpAuthConfig } from '../../../../lib/index.ts';
import { silenceWarnings, testServer, testStack } from '../../support/test-app.ts';

silenceWarnings();

/** An authorization server: it keeps clients and tokens. */
class StatefulAuth extends McpAuth {
  override bind(): McpAuthConfig {
    return { _policy: { mode: 'none' }, parts: [], signedByAws: false, keepsState: true };
  }
}

const serve = (storage: McpStorage) => () => testServer({ auth: new StatefulAuth(), storage });
const sync = CacheShape.nodes({ durability: CacheDurability.SYNC });
const later = CacheShape.nodes({ durability: CacheDurability.ASYNC });

test.each<[string, McpStorage, string]>([
  ['Valkey', McpStorage.valkey(), 'this storage loses writes that were acknowledged when a node fails. Use shape:'],
  [
    'Redis',
    McpStorage.redis(),
    'accept the loss by allowLostWrites: true. Otherwise: use storage: McpStorage.dynamoDb()',
  ],
  ['nodes', McpStorage.valkey({ shape: CacheShape.nodes() }), 'loses writes'],
  ['nodes whose log is written later', McpStorage.valkey({ shape: later }), 'loses writes'],
  [
    'Memcached',
    McpStorage.memcached(),
    'this storage evicts entries, and forgets all of a node that is replaced: use storage:',
  ],
  ['Memcached by URL', McpStorage.fromUrl('memcacheds://cache.example.com'), 'this storage evicts entries'],
  [
    'Redis by URL',
    McpStorage.fromUrl('rediss://cache.example.com'),
    'Write durable=true into its URL where that is not so',
  ],
])('is refused in %s, with what to use instead', (_name, storage, message) => {
  expect(serve(storage)).toThrow(message);
});

test.each<[string, McpStorage]>([
  ['Valkey whose log is written first', McpStorage.valkey({ shape: sync })],
  ['Valkey whose loss is accepted', McpStorage.valkey({ allowLostWrites: true })],
  ['Redis whose loss is accepted', McpStorage.redis({ allowLostWrites: true })],
  ['Redis by URL that says it is durable', McpStorage.fromUrl('rediss://cache.example.com?durable=true')],
  ['Redis by URL whose loss is accepted', McpStorage.fromUrl('rediss://cache.example.com', { allowLostWrites: true })],
  ['MongoDB by URL', McpStorage.fromUrl('mongodb+srv://cluster.example.com/weather')],
])('is kept in %s', (_name, storage) => {
  expect(serve(storage)().storage.shared).toBe(true);
});

test('the loss is accepted by each server for itself', () => {
  const stack = testStack();
  const cache = new McpCache(stack, 'Cache', { network: new McpNetwork(stack, 'Network') });
  const auth = new StatefulAuth();
  expect(() => testServer({ auth, storage: McpStorage.fromCache(cache) }, stack)).toThrow('loses writes');
  const other = testStack(undefined, 'Other');
  const accepted = new McpCache(other, 'Cache', { network: new McpNetwork(other, 'Network') });
  const storage = McpStorage.fromCache(accepted, { allowLostWrites: true });
  expect(testServer({ auth, storage }, other).storage.unfitForState).toBeUndefined();
});
