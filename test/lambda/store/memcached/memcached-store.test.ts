import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

import { memcachedAdapter } from '../../../../lambda/store/adapters/memcached.ts';
import {
  CorruptEntryError,
  ItemTooLargeError,
  StoreRejectedError,
  StoreThrottledError,
  StoreUnavailableError,
} from '../../../../lambda/store/errors.ts';
import type { Address } from '../../../../lambda/store/memcached/connection.ts';
import { MemcachedStore, type MemcachedStoreProps } from '../../../../lambda/store/memcached/memcached-store.ts';
import { makeCertificatesOfAnother } from '../../../support/servers/certificates.ts';
import { freePort } from '../../../support/servers/free-port.ts';
import { memcachedSays, startMemcached } from '../../../support/servers/memcached.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { secureMemcached } from '../../../support/servers/secure-memcached.ts';
import type { ServerProcess } from '../../../support/servers/server-process.ts';
import { startTurnProxy, type TurnProxy } from '../../../support/turn-proxy.ts';

const opened: MemcachedStore[] = [];
function openAt(port: number, props: Partial<MemcachedStoreProps> = {}): MemcachedStore {
  const store = new MemcachedStore({ address: () => Promise.resolve({ host: '127.0.0.1', port }), ...props });
  opened.push(store);
  return store;
}
afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())));

describeWith('memcached', 'memcached on the wire', (program) => {
  let server: ServerProcess;
  let proxy: TurnProxy;
  beforeAll(async () => {
    server = await startMemcached(program);
    proxy = await startTurnProxy(server.port);
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });
  beforeEach(async () => {
    proxy.reset();
    await memcachedSays(server.port, 'flush_all');
  });

  describe('round trips', () => {
    const turns = async (action: (store: MemcachedStore) => Promise<unknown>): Promise<number> => {
      const store = openAt(proxy.port);
      await store.putMany(['a', 'b'], [{ n: 1 }, { n: 2 }]);
      proxy.reset();
      await action(store);
      return proxy.turns.length;
    };

    test.each<[string, number, (store: MemcachedStore) => Promise<unknown>]>([
      ['get', 1, (store) => store.get('a')],
      ['get of nothing', 1, (store) => store.get('nothing')],
      ['put', 1, (store) => store.put('a', { n: 3 }, { ttl: 60 })],
      ['delete', 1, (store) => store.delete('a')],
      ['getMany of 50', 1, (store) => store.getMany(Array.from({ length: 50 }, (_, n) => `k${n}`))],
      ['putMany', 1, (store) => store.putMany(['a', 'b', 'c'], [{}, {}, {}])],
      ['deleteMany', 1, (store) => store.deleteMany(['a', 'b', 'c'])],
      ['putIfAbsent', 1, (store) => store.putIfAbsent('new', {})],
      ['putIfAbsent of one that is there', 2, (store) => store.putIfAbsent('a', {})],
      ['take of nothing', 1, (store) => store.take('nothing')],
      // memcached has no command that gets and deletes
      ['take', 2, (store) => store.take('a')],
    ])('%s: %p', async (_, expected, action) => {
      expect(await turns(action)).toBe(expected);
    });

    test('all verbs share one connection', async () => {
      const store = openAt(proxy.port);
      await Promise.all(Array.from({ length: 64 }, (_, n) => store.put(`k${n}`, { n })));
      await Promise.all(Array.from({ length: 64 }, (_, n) => store.get(`k${n}`)));
      expect(proxy.connections).toBe(1);
    });
  });

  describe('what is stored', () => {
    test('the key and the entry of py-key-value, and no more than that by a put', async () => {
      const store = openAt(server.port, { now: () => Date.UTC(2026, 10, 22, 10) });
      await store.put('k1', { b: 1, a: 'é' }, { collection: 'mcp-jti-mappings', ttl: 3600 });
      expect(await memcachedSays(server.port, 'get mcp-jti-mappings::k1')).toBe(
        'VALUE mcp-jti-mappings::k1 0 181\r\n{"collection": "mcp-jti-mappings", "created_at": "2026-11-22T10:00:00+00:00", ' +
          '"expires_at": "2026-11-22T11:00:00+00:00", "key": "k1", "value": {"a": "\\u00e9", "b": 1}, "version": 1}\r\nEND\r\n',
      );
    });

    test('a lifetime of a year is kept by the server', async () => {
      const store = openAt(server.port);
      await store.put('k', { n: 1 }, { ttl: 365 * 86_400 });
      expect(await store.get('k')).toEqual({ n: 1 });
      const left = /^HD t(\d+)/.exec(await memcachedSays(server.port, 'mg default_collection::k t'))?.[1];
      expect(Number(left)).toBeGreaterThan(364 * 86_400);
    });

    test('the value that was taken is not in the server any more', async () => {
      const store = openAt(server.port);
      await store.put('k', { secret: 'planted' });
      await store.take('k');
      const left = await memcachedSays(server.port, 'get default_collection::k');
      expect(left).not.toContain('planted');
      expect(left).toContain('"expires_at": "1970-01-01T00:00:00+00:00"');
    });

    test('the entry of py-key-value 0.2 is read', async () => {
      const old = '{"created_at": "2026-01-01T00:00:00+00:00", "value": {"a": 1}}';
      await memcachedSays(server.port, `set default_collection::old 0 0 ${old.length}\r\n${old}`);
      expect(await openAt(server.port).get('old')).toEqual({ a: 1 });
    });

    test('what is not an entry is told, and can be deleted', async () => {
      const store = openAt(server.port);
      await memcachedSays(server.port, 'set default_collection::k 0 0 5\r\nhello');
      await expect(store.get('k')).rejects.toBeInstanceOf(CorruptEntryError);
      await expect(store.take('k')).rejects.toBeInstanceOf(CorruptEntryError);
      await expect(store.putIfAbsent('k', {})).rejects.toBeInstanceOf(CorruptEntryError);
      expect(await store.delete('k')).toBe(true);
    });
  });

  describe('sizes', () => {
    test('what the server would not take is refused before anything is written', async () => {
      const store = openAt(proxy.port);
      await store.put('a', { n: 1 });
      proxy.reset();
      const large = { text: 'x'.repeat(1_048_576) };
      const fault: unknown = await store.putMany(['a', 'k'], [{ n: 2 }, large]).catch((error: unknown) => error);
      expect(fault).toBeInstanceOf(ItemTooLargeError);
      expect(fault).toMatchObject({ limit: 1_048_576 });
      expect(proxy.turns).toEqual([]);
      expect(await store.get('a')).toEqual({ n: 1 });
    });

    test('what the server itself finds too large is told in the same way', async () => {
      const store = openAt(server.port);
      // the server counts some bytes of its own
      const value = { text: 'x'.repeat(1_048_576 - 140) };
      await expect(store.put('k', value)).rejects.toBeInstanceOf(ItemTooLargeError);
      await expect(
        openAt(server.port, { maxItemBytes: 9e9 }).put('k', { text: 'x'.repeat(3e6) }),
      ).rejects.toBeInstanceOf(ItemTooLargeError);
      await store.put('k', { n: 1 });
      expect(await store.get('k')).toEqual({ n: 1 });
    });

    test('a server that takes more is given more', async () => {
      const roomy = await startMemcached(program, { args: ['-I', '8m'] });
      const store = openAt(roomy.port, { maxItemBytes: 8_000_000 });
      const value = { text: 'x'.repeat(5_000_000) };
      await store.put('k', value);
      expect(await store.get('k')).toEqual(value);
      await store.close();
      await roomy.stop();
    });

    test('a full server evicts, and one that must not says that it is full', async () => {
      const [evicting, full] = await Promise.all([
        startMemcached(program, { args: ['-m', '2'] }),
        startMemcached(program, { args: ['-m', '2', '-M'] }),
      ]);
      const value = { text: 'x'.repeat(100_000) };
      const fill = async (port: number): Promise<unknown> => {
        const store = openAt(port);
        for (let n = 0; n < 100; n++) await store.put(`k${n}`, value);
        return store.get('k99');
      };
      expect(await fill(evicting.port)).toEqual(value);
      expect(await openAt(evicting.port).get('k0')).toBeUndefined();
      const fault: unknown = await fill(full.port).catch((error: unknown) => error);
      expect(fault).toBeInstanceOf(StoreRejectedError);
      expect((fault as Error).message).toContain('full');
      await Promise.all([evicting.stop(), full.stop()]);
    });
  });

  describe('an answer that was lost', () => {
    /** Loses the answers to the first so many turns that begin with this command. */
    const losing = (command: string, count: number): void => {
      let lost = 0;
      proxy.reset();
      proxy.inject((text) => (text.startsWith(command) && lost++ < count ? { kind: 'lose-answer' } : undefined));
    };

    test('a connection that ended while nobody used it: the next call does not notice', async () => {
      const store = openAt(proxy.port);
      await store.put('k', { n: 1 });
      proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await store.get('k')).toEqual({ n: 1 });
      proxy.inject(firstTurn('gets', { kind: 'reset' }));
      expect(await store.get('k')).toEqual({ n: 1 });
    });

    test('of a put, a putIfAbsent, a compareAndSet and a take: the repetition knows its own', async () => {
      const store = openAt(proxy.port);
      proxy.inject(firstTurn('set', { kind: 'lose-answer' }));
      await store.put('k', { n: 1 });
      expect(await store.get('k')).toEqual({ n: 1 });

      proxy.inject(firstTurn('add', { kind: 'lose-answer' }));
      expect(await store.putIfAbsent('new', { n: 1 })).toBe(true);
      expect(await store.putIfAbsent('new', { n: 2 })).toBe(false);

      const { version } = (await store.getVersioned('k'))!;
      proxy.inject(firstTurn('cas', { kind: 'lose-answer' }));
      expect(await store.compareAndSet('k', version, { n: 2 })).toBe(true);
      expect(await store.get('k')).toEqual({ n: 2 });

      proxy.inject(firstTurn('cas', { kind: 'lose-answer' }));
      expect(await store.take('k')).toEqual({ n: 2 });
      expect(await store.take('k')).toBeUndefined();
    });

    test('before the server got it: it is done by the repetition', async () => {
      const store = openAt(proxy.port);
      await store.put('k', { n: 1 });
      proxy.inject(firstTurn('cas', { kind: 'reset' }));
      expect(await store.take('k')).toEqual({ n: 1 });
      expect(await store.get('k')).toBeUndefined();
      await store.put('k', { n: 1 });
      const { version } = (await store.getVersioned('k'))!;
      proxy.inject(firstTurn('cas', { kind: 'reset' }));
      expect(await store.compareAndSet('k', version, { n: 2 })).toBe(true);
    });

    test('the request arrives only after the repetition has looked: it is known as its own all the same', async () => {
      const store = openAt(proxy.port);
      /** Holds the first `cas` back until the second one comes, and then lets the server have it first. */
      const overtaken = (): void => {
        let held: string | undefined;
        proxy.inject((text) => {
          if (!text.startsWith('cas')) return undefined;
          const late = held;
          held = late === undefined ? text : undefined;
          if (late === undefined) return { kind: 'reset' };
          return { kind: 'after', first: () => memcachedSays(server.port, late.trimEnd()) };
        });
      };
      await store.put('k', { n: 1 });
      const { version } = (await store.getVersioned('k'))!;
      overtaken();
      expect(await store.compareAndSet('k', version, { n: 2 })).toBe(true);
      overtaken();
      expect(await store.take('k')).toEqual({ n: 2 });
      proxy.reset();
      expect(await store.take('k')).toBeUndefined();
    });

    test('when somebody wrote meanwhile, nobody can tell: that is said', async () => {
      const store = openAt(proxy.port);
      const other = openAt(server.port);
      await store.put('k', { n: 1 });
      proxy.inject(firstTurn('cas', { kind: 'lose-answer', meanwhile: () => other.put('k', { n: 5 }) }));
      await expect(store.take('k')).rejects.toBeInstanceOf(StoreUnavailableError);
      const { version } = (await store.getVersioned('k'))!;
      proxy.inject(firstTurn('cas', { kind: 'lose-answer', meanwhile: () => other.put('k', { n: 6 }) }));
      await expect(store.compareAndSet('k', version, { n: 7 })).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(await store.get('k')).toEqual({ n: 6 });
    });

    test('twice: what knows its own is repeated twice, what does not once', async () => {
      const store = openAt(proxy.port);
      await store.put('k', { n: 1 });
      losing('gets', 2);
      expect(await store.get('k')).toEqual({ n: 1 });
      losing('cas', 2);
      expect(await store.take('k')).toEqual({ n: 1 });
      expect(await store.take('k')).toBeUndefined();
      losing('set', 2);
      await expect(store.put('k', { n: 2 })).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(proxy.turns).toHaveLength(2);
    });

    test.each<[string, number, (store: MemcachedStore) => Promise<unknown>]>([
      ['get', 3, (store) => store.get('k')],
      ['getMany', 3, (store) => store.getMany(['k', 'l'])],
      ['take', 3, (store) => store.take('k')],
      ['compareAndSet', 3, (store) => store.compareAndSet('k', '1-x', {})],
      ['put', 2, (store) => store.put('k', {})],
      ['putMany', 2, (store) => store.putMany(['k', 'l'], [{}, {}])],
      ['delete', 2, (store) => store.delete('k')],
      ['putIfAbsent', 2, (store) => store.putIfAbsent('k', {})],
    ])('always: %s fails after %p attempts, the next call succeeds', async (_, attempts, action) => {
      const store = openAt(proxy.port);
      await store.get('warm'); // the first attempt is on a connection that was idle
      proxy.reset();
      proxy.inject(() => ({ kind: 'lose-answer' }));
      await expect(action(store)).rejects.toMatchObject({ name: 'StoreUnavailableError', retryable: true });
      expect(proxy.turns).toHaveLength(attempts);
      proxy.reset();
      await store.put('k', { n: 2 });
      expect(await store.get('k')).toEqual({ n: 2 });
    });

    test('when the store is closed meanwhile, nothing is repeated', async () => {
      const store = openAt(proxy.port);
      await store.get('warm');
      proxy.reset();
      proxy.inject(() => ({ kind: 'hang' }));
      const call = store.get('k').catch((error: unknown) => error);
      await turned(proxy);
      await store.close();
      expect(await call).toBeInstanceOf(StoreUnavailableError);
      expect([proxy.turns.length, proxy.connections]).toEqual([1, 0]);
    });
  });

  describe('a server that does not answer', () => {
    test('absent: said after three attempts, and used as soon as it is there', async () => {
      const port = await freePort();
      let attempts = 0;
      const address = (): Promise<Address> => {
        attempts++;
        return Promise.resolve({ host: '127.0.0.1', port });
      };
      const store = openAt(port, { address });
      await expect(store.put('k', { n: 0 })).rejects.toBeInstanceOf(StoreUnavailableError);
      expect(attempts).toBe(3);
      const fault: unknown = await store.get('k').catch((error: unknown) => error);
      expect(fault).toBeInstanceOf(StoreUnavailableError);
      expect((fault as Error).message).toContain('ECONNREFUSED');
      const late = await startMemcached(program, { port });
      await store.put('k', { n: 1 });
      expect(await store.get('k')).toEqual({ n: 1 });
      await store.close();
      await late.stop();
    });

    test('away for a moment: a call waits for it, also one that may not be applied twice', async () => {
      const own = await startMemcached(program);
      let attempts = 0;
      const closed = await freePort();
      const store = openAt(own.port, {
        address: () => Promise.resolve({ host: '127.0.0.1', port: attempts++ === 0 ? closed : own.port }),
      });
      await store.put('k', { n: 1 });
      expect(attempts).toBe(2);
      await store.close();
      await own.stop();
    });

    test('hung: every call ends in time, and the store works again when the server does', async () => {
      const own = await startMemcached(program);
      const store = openAt(own.port, { timeoutMs: 300 });
      await store.put('k', { n: 1 });
      own.suspend();
      const calls = [store.get('k'), store.put('k', { n: 2 }), store.take('k'), store.putIfAbsent('x', {})];
      const outcomes = await Promise.allSettled(calls);
      expect(outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as Error).name)).toEqual(
        calls.map(() => 'StoreUnavailableError'),
      );
      await expect(store.get('k')).rejects.toMatchObject({ retryable: true }); // by a new connection too
      own.resume();
      expect(await store.getMany(['k', 'x'])).toHaveLength(2);
      await store.close();
      await own.stop();
    });

    test('killed and started again: empty, and used without opening the store anew', async () => {
      const own = await startMemcached(program);
      const store = openAt(own.port);
      await store.put('k', { n: 1 });
      const { version } = (await store.getVersioned('k'))!;
      await own.kill();
      await expect(store.get('k')).rejects.toBeInstanceOf(StoreUnavailableError);
      await own.restart();
      expect(await store.get('k')).toBeUndefined();
      // its numbers begin anew, so that the one of another write may come again: the text is compared too
      await store.put('k', { n: 2 });
      expect(await store.compareAndSet('k', version, { n: 3 })).toBe(false);
      await store.close();
      await own.stop();
    });

    test('more calls than may wait are refused at once', async () => {
      const own = await startMemcached(program);
      const store = openAt(own.port, { timeoutMs: 300, maxPending: 10 });
      await store.get('k');
      own.suspend();
      const waiting = Array.from({ length: 10 }, () => store.get('k').catch((error: unknown) => error));
      await expect(store.get('k')).rejects.toBeInstanceOf(StoreThrottledError);
      expect(await Promise.all(waiting)).toHaveLength(10);
      await store.close();
      own.resume();
      await own.stop();
    });

    test('a server without room for a connection says so', async () => {
      const own = await startMemcached(program, { args: ['-c', '30', '-o', 'maxconns_fast'] });
      const stores = Array.from({ length: 60 }, () => openAt(own.port, { timeoutMs: 500 }));
      const outcomes = await Promise.allSettled(stores.map((store) => store.get('k')));
      const faults = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
      expect(faults.length).toBeGreaterThan(0);
      for (const fault of faults) expect(fault).toMatchObject({ retryable: true });
      await Promise.all(stores.map((store) => store.close()));
      await own.stop();
    });

    test('something else that listens is not taken for memcached', async () => {
      const other = createServer((socket) =>
        socket.on('error', () => undefined).end(`HTTP/1.1 400 ${'x'.repeat(4000)}`),
      );
      other.listen(0, '127.0.0.1');
      await once(other, 'listening');
      const store = openAt((other.address() as AddressInfo).port);
      await expect(store.get('k')).rejects.toMatchObject({ name: expect.stringMatching(/^Store/) as string });
      other.close();
    });
  });

  describe('TLS', () => {
    const secure = secureMemcached(program);
    const get = async (url: string): Promise<unknown> => {
      const store = memcachedAdapter.open(new URL(url));
      try {
        return await store.get('k');
      } finally {
        await store.close();
      }
    };

    test('a certificate of an authority that is not trusted', async () => {
      for (const url of [
        `memcacheds://localhost:${secure.port}`,
        `memcacheds://localhost:${secure.port}?ca=${secure.certificates.strangerCa}`,
      ]) {
        const fault: unknown = await get(url).catch((error: unknown) => error);
        expect(fault).toBeInstanceOf(StoreRejectedError);
        expect((fault as Error).message).toContain('certificate');
      }
    });

    test('a certificate of another host', async () => {
      const certificates = makeCertificatesOfAnother();
      const own = await startMemcached(program, { certificates });
      const fault: unknown = await get(`memcacheds://127.0.0.1:${own.port}?ca=${certificates.ca}`).catch(
        (error: unknown) => error,
      );
      expect(fault).toBeInstanceOf(StoreRejectedError);
      expect((fault as Error).message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
      await own.stop();
      certificates.remove();
    });

    test('a file of authorities that is not there', async () => {
      const fault: unknown = await get(`memcacheds://localhost:${secure.port}?ca=/nowhere/ca.pem`).catch(
        (error: unknown) => error,
      );
      expect(fault).toBeInstanceOf(StoreRejectedError);
      expect((fault as Error).message).not.toContain('/nowhere');
    });

    test('plain text to a server that speaks TLS, and the other way round', async () => {
      await expect(get(`memcached://localhost:${secure.port}`)).rejects.toBeInstanceOf(StoreUnavailableError);
      await expect(get(`memcacheds://localhost:${server.port}`)).rejects.toBeInstanceOf(StoreUnavailableError);
    });
  });
});

/** Waits until the client has spoken. */
async function turned(proxy: TurnProxy): Promise<void> {
  while (proxy.turns.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The fault for the first turn that begins with this command. */
function firstTurn<T>(command: string, fault: T): (text: string) => T | undefined {
  let done = false;
  return (text) => {
    if (done || !text.startsWith(command)) return undefined;
    done = true;
    return fault;
  };
}
