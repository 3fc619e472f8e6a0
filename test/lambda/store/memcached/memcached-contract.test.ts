import { memcachedAdapter } from '../../../../lambda/store/adapters/memcached.ts';
import { MemcachedStore } from '../../../../lambda/store/memcached/memcached-store.ts';
import { memcachedSays, startMemcached } from '../../../support/servers/memcached.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { secureMemcached } from '../../../support/servers/secure-memcached.ts';
import type { ServerProcess } from '../../../support/servers/server-process.ts';
import { storeContract } from '../contract.ts';

describeWith('memcached', 'memcached', (program) => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startMemcached(program);
  });
  afterAll(() => server.stop());

  storeContract('memcached', async ({ now }) => {
    await memcachedSays(server.port, 'flush_all'); // else the entries of the test before are there
    return new MemcachedStore({ address: () => Promise.resolve({ host: '127.0.0.1', port: server.port }), now });
  });

  describe('over TLS, as the adapter opens it', () => {
    const secure = secureMemcached(program);

    test.each(['localhost', '127.0.0.1'])('with its own authority, by %s', async (host) => {
      const url = `memcacheds://${host}:${secure.port}?ca=${secure.certificates.ca}`;
      const store = memcachedAdapter.open(new URL(url));
      await store.put('k', { a: 'é' }, { ttl: 60 });
      expect(await store.get('k')).toEqual({ a: 'é' });
      expect(await store.take('k')).toEqual({ a: 'é' });
      expect(await store.get('k')).toBeUndefined();
      await store.close();
    });
  });
});
