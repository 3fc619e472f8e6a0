import type { RedisStore } from '../../../../lambda/store/redis/redis-store.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { openRedis } from './opening.ts';
import { proxiedRedis, warmUp } from './proxied.ts';

describeWith('redis', 'round trips', (program) => {
  const redis = proxiedRedis(program);
  let store: RedisStore;
  beforeEach(async () => {
    store = openRedis(`redis://localhost:${redis.proxy.port}`);
    await warmUp(store);
    redis.proxy.reset();
  });
  afterEach(() => store.close());

  test.each<[string, (store: RedisStore) => Promise<unknown>, string]>([
    ['get', (s) => s.get('k'), 'GET'],
    ['ttl', (s) => s.ttl('k'), 'GET'],
    ['put', (s) => s.put('k', { n: 1 }, { ttl: 60 }), 'SET'],
    ['delete', (s) => s.delete('k'), 'GETDEL'],
    ['take', (s) => s.take('k'), 'EVALSHA'],
    ['putIfAbsent', (s) => s.putIfAbsent('fresh', { n: 1 }), 'EVALSHA'],
    ['putIfAbsent of what is there', (s) => s.putIfAbsent('fresh', { n: 1 }), 'EVALSHA'],
    ['compareAndSet', (s) => s.compareAndSet('k', 'no-version', { n: 1 }), 'EVALSHA'],
    ['getMany', (s) => s.getMany(Array.from({ length: 500 }, (_, n) => `k${n}`)), 'MGET'],
    ['putMany', (s) => s.putMany(['a', 'b', 'c'], [{ n: 1 }, { n: 2 }, { n: 3 }]), 'SET'],
    ['deleteMany', (s) => s.deleteMany(['a', 'b', 'c']), 'GETDEL'],
  ])('%s is one', async (_name, call, command) => {
    await call(store);
    expect(redis.proxy.turns).toHaveLength(1);
    expect(redis.proxy.turns[0]).toMatch(new RegExp(`^\\*\\d+\\r\\n\\$${command.length}\\r\\n${command}\\r\\n`));
    expect(redis.proxy.connections).toBe(0);
  });

  test('a script that the server has forgotten costs one more, once', async () => {
    await redis.server.cli('SCRIPT', 'FLUSH');
    await store.put('k', { n: 1 });
    redis.proxy.reset();
    expect(await store.take('k')).toEqual({ n: 1 });
    expect(redis.proxy.turns).toHaveLength(2);
    redis.proxy.reset();
    await store.take('k');
    expect(redis.proxy.turns).toHaveLength(1);
  });
});
