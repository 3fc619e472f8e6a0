import { describeWith } from '../../support/servers/programs.ts';
import { secureMemcached } from '../../support/servers/secure-memcached.ts';
import { startTurnProxy, type TurnProxy } from '../../support/turn-proxy.ts';
import { type KitSession, openKit } from './kit-session.ts';

const CACHED = { collection: 'notes__tools/call' };

describeWith('memcached', 'mcp_kit on Memcached with TLS', (program) => {
  const server = secureMemcached(program);
  let proxy: TurnProxy;
  beforeAll(async () => {
    proxy = await startTurnProxy(server.port);
  });
  afterAll(() => proxy.stop());
  const using = async (ca: string, action: (kit: KitSession) => Promise<void>): Promise<void> => {
    const kit = openKit(`memcacheds://localhost:${proxy.port}?ca=${ca}`);
    try {
      await action(kit);
    } finally {
      await kit.stop();
    }
  };

  test('every verb; entries of more than thirty days, and names that the protocol cannot hold', async () => {
    await using(server.certificates.ca, async (kit) => {
      for (const key of ['k', 'two words', 'x'.repeat(300), 'é'.repeat(200)]) {
        expect(await kit.call('put', key, { key }, { ...CACHED, ttl: 40 * 86_400 })).toEqual({ is: null });
        expect(await kit.call('get', key, CACHED)).toEqual({ is: { key } });
        expect(await kit.call('delete', key, CACHED)).toEqual({ is: true });
        expect(await kit.call('get', key, CACHED)).toEqual({ is: null });
      }
    });
  });

  test('many at once, some of them twice', async () => {
    await using(server.certificates.ca, async (kit) => {
      const keys = ['a', 'two words', 'b'];
      const values = keys.map((key) => ({ key }));
      expect(await kit.call('put_many', keys, values, CACHED)).toEqual({ is: null });
      expect(await kit.call('get_many', [...keys, 'none', 'a'], CACHED)).toEqual({ is: [...values, null, values[0]] });
      expect(await kit.call('delete_many', [...keys, 'none'], CACHED)).toEqual({ is: 3 });
    });
  });

  test('a certificate of another authority is not spoken to', async () => {
    await using(server.certificates.strangerCa, async (kit) => {
      expect((await kit.call('get', 'k', CACHED)).fault).toMatch(/^StoreFault: memcacheds: get: /);
    });
  });

  test('a connection that was cut is made again', async () => {
    await using(server.certificates.ca, async (kit) => {
      await kit.call('put', 'k', { n: 1 }, CACHED);
      proxy.cut();
      expect(await kit.call('get', 'k', CACHED)).toEqual({ is: { n: 1 } });
    });
  });
});
