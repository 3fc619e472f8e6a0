import { CorruptEntryError, InvalidKeyError } from '../../../../lambda/store/errors.ts';
import type { RedisStore } from '../../../../lambda/store/redis/redis-store.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { type RedisServer, startRedis } from '../../../support/servers/redis.ts';
import { openRedis } from './opening.ts';

describeWith('redis', "entries in py-key-value's layout", (program) => {
  const start = Date.UTC(2026, 10, 22, 10, 0, 0, 123);
  const at = { collection: 'mcp-jti-mappings' };
  const key = 'mcp-jti-mappings::k';
  let server: RedisServer;
  let clock: number;
  let store: RedisStore;

  beforeAll(async () => {
    server = await startRedis(program);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    await server.cli('FLUSHALL');
    clock = start;
    store = openRedis(`redis://${server.address}`, { now: () => clock });
  });
  afterEach(() => store.close());

  test('one string under collection::key, which Redis deletes after whole seconds, rounded up', async () => {
    await store.put('k', { b: 1, a: 'é' }, { ...at, ttl: 3600.5 });
    expect(await server.cli('GET', key)).toBe(
      '{"collection": "mcp-jti-mappings", "created_at": "2026-11-22T10:00:00.123000+00:00", ' +
        '"expires_at": "2026-11-22T11:00:00.623000+00:00", "key": "k", "value": {"a": "\\u00e9", "b": 1}, "version": 1}',
    );
    expect(await server.cli('TTL', key)).toBe('3601');
    await store.put('k', { a: 1 }, { ...at, ttl: 0.01 });
    expect(await server.cli('TTL', key)).toBe('1');
  });

  test('a put without a ttl leaves none over from before, in every verb that writes', async () => {
    await store.put('k', { a: 1 }, { ...at, ttl: 60 });
    await store.put('k', { a: 2 }, at);
    expect(await server.cli('TTL', key)).toBe('-1');

    await store.putMany(['k', 'l'], [{ a: 1 }, { a: 1 }], { ...at, ttl: 60 });
    expect(await server.cli('TTL', key)).toBe('60');
    const read = await store.getVersioned('k', at);
    expect(await store.compareAndSet('k', read?.version ?? '', { a: 2 }, at)).toBe(true);
    expect(await server.cli('TTL', key)).toBe('-1');

    expect(await store.putIfAbsent('m', { a: 1 }, { ...at, ttl: 60 })).toBe(true);
    expect(await server.cli('TTL', 'mcp-jti-mappings::m')).toBe('60');
  });

  test('atomic writes bear a mark, which readers ignore', async () => {
    await store.putIfAbsent('k', { a: 1 }, at);
    expect(await server.cli('GET', key)).toMatch(/"value": \{"a": 1\}, "version": 1, "mark": "[\w-]{12}"\}$/);
    expect(await store.get('k', at)).toEqual({ a: 1 });
  });

  test('a taken entry is a tombstone for a minute, and an expired entry to everybody', async () => {
    await store.put('k', { a: 1 }, { ...at, ttl: 3600 });
    expect(await store.take('k', at)).toEqual({ a: 1 });
    const tombstone = await server.cli('GET', key);
    expect(tombstone).toMatch(/, "expires_at": "1970-01-01T00:00:00\+00:00", "taken": "[\w-]{12}"\}$/);
    expect(JSON.parse(tombstone)).toMatchObject({ value: { a: 1 }, expires_at: '1970-01-01T00:00:00+00:00' });
    expect(Number(await server.cli('PTTL', key))).toBeGreaterThan(50_000);
    expect(Number(await server.cli('PTTL', key))).toBeLessThanOrEqual(60_000);

    expect(await store.get('k', at)).toBeUndefined();
    expect(await store.getMany(['k', 'k2'], at)).toEqual([undefined, undefined]);
    expect(await store.getVersioned('k', at)).toBeUndefined();
    expect(await store.take('k', at)).toBeUndefined();
    expect(await store.delete('k', at)).toBe(false);
  });

  test('a value that ends like a tombstone is none', async () => {
    const value = { expires_at: '1970-01-01T00:00:00+00:00', taken: 'AAAAAAAAAAAA' };
    await store.put('k', value, at);
    expect(await store.take('k', at)).toEqual(value);
    // The 0.2 form may end with the value itself.
    await server.cli(
      'SET',
      key,
      `{"value": {"x": 1, "expires_at": "1970-01-01T00:00:00+00:00", "taken": "AAAAAAAAAAA"}}`,
    );
    expect(await store.take('k', at)).toMatchObject({ x: 1 });
  });

  test('over a tombstone one can write again', async () => {
    for (const write of [
      () => store.put('k', { n: 2 }, at),
      async () => {
        expect(await store.putIfAbsent('k', { n: 2 }, at)).toBe(true);
      },
    ]) {
      await store.put('k', { n: 1 }, at);
      await store.take('k', at);
      await write();
      expect(await store.get('k', at)).toEqual({ n: 2 });
      expect(await server.cli('TTL', key)).toBe('-1');
    }
  });

  test('entries that Python wrote are read, of 0.4 and of 0.2', async () => {
    await server.cli(
      'SET',
      key,
      '{"collection": "mcp-jti-mappings", "created_at": "2026-11-22T09:00:00+00:00", ' +
        '"expires_at": "2026-11-22T11:00:00.900000+00:00", "key": "k", "value": {"big": 1e+16, "f": 1.0}, "version": 1}',
    );
    await server.cli(
      'SET',
      'mcp-jti-mappings::old',
      '{"created_at": "2025-11-22T09:00:00.000001+00:00", "expires_at": "2027-01-01T00:00:00+00:00", "value": {"v": "0.2"}}',
    );
    await server.cli('SET', 'mcp-jti-mappings::older', '{"value": "{\\"v\\": \\"text\\"}"}');
    expect(await store.ttl('k', at)).toEqual({ value: { big: 1e16, f: 1 }, ttl: 3600.777 });
    expect(await store.getMany(['old', 'older'], at)).toEqual([{ v: '0.2' }, { v: 'text' }]);
    expect(await store.take('older', at)).toEqual({ v: 'text' });
    expect(await store.get('older', at)).toBeUndefined();
  });

  test('collections that would share keys with others are refused by every verb, also when they are many', async () => {
    await store.put('b::c', { of: 'a' }, { collection: 'a' });
    for (const collection of ['a::b', 'a:', '::']) {
      const of = { collection };
      const calls = [
        store.get('c', of),
        store.getMany(['c', 'd'], of),
        store.put('c', {}, of),
        store.putMany(['c', 'd'], [{}, {}], of),
        store.delete('c', of),
        store.take('c', of),
        store.putIfAbsent('c', {}, of),
        store.compareAndSet('c', 'v-', {}, of),
      ];
      for (const { status, reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
        expect(status).toBe('rejected');
        expect(reason).toBeInstanceOf(InvalidKeyError);
      }
    }
    expect(await store.get('b::c', { collection: 'a' })).toEqual({ of: 'a' });
  });

  test('an entry with blanks behind it, as redis-cli -x leaves them, is handed out once as any other', async () => {
    await server.cli('SET', key, '{"value": {"a": 1}, "version": 1} \n');
    expect(await store.get('k', at)).toEqual({ a: 1 });
    expect(await store.take('k', at)).toEqual({ a: 1 });
    expect(await store.take('k', at)).toBeUndefined();
    expect(await store.get('k', at)).toBeUndefined();
  });

  test('what is no entry is refused, and stays until it is deleted', async () => {
    for (const text of ['plain text', '{}', '']) {
      await server.cli('SET', key, text);
      await expect(store.get('k', at)).rejects.toThrow(CorruptEntryError);
      await expect(store.take('k', at)).rejects.toThrow(CorruptEntryError);
      await expect(store.putIfAbsent('k', { a: 1 }, at)).rejects.toThrow(CorruptEntryError);
      expect(await store.delete('k', at)).toBe(true);
    }
    await server.cli('LPUSH', key, 'x');
    for (const call of [store.get('k', at), store.take('k', at), store.putIfAbsent('k', { a: 1 }, at)]) {
      await expect(call).rejects.toThrow(CorruptEntryError);
    }
  });

  test('an expired entry gives way, and one that never ends stays', async () => {
    await store.put('k', { n: 1 }, { ...at, ttl: 60 });
    clock += 60_000;
    expect(await store.putIfAbsent('k', { n: 2 }, { ...at, ttl: 60 })).toBe(true);
    expect(await store.putIfAbsent('k', { n: 3 }, at)).toBe(false);
    expect(await store.get('k', at)).toEqual({ n: 2 });
  });

  test('an expired version is refused without asking', async () => {
    await store.put('k', { n: 1 }, { ...at, ttl: 60 });
    const read = await store.getVersioned('k', at);
    clock += 60_000;
    const before = await server.cli('INFO', 'stats');
    expect(await store.compareAndSet('k', read?.version ?? '', { n: 2 }, at)).toBe(false);
    const commands = (info: string): number => Number(/total_commands_processed:(\d+)/.exec(info)?.[1]);
    expect(commands(await server.cli('INFO', 'stats')) - commands(before)).toBe(1); // that of the test
  });

  test('two writers of the same value at the same moment do not take each other for themselves', async () => {
    const other = openRedis(`redis://${server.address}`, { now: () => clock });
    const both = [store, other];
    for (let round = 0; round < 20; round++) {
      const written = await Promise.all(both.map((one) => one.putIfAbsent(`nonce-${round}`, { n: 1 }, at)));
      expect(written.filter(Boolean)).toHaveLength(1);
      const versions = await Promise.all(both.map((one) => one.getVersioned(`nonce-${round}`, at)));
      const swapped = await Promise.all(
        both.map((one, index) => one.compareAndSet(`nonce-${round}`, versions[index]?.version ?? '', { n: 2 }, at)),
      );
      expect(swapped.filter(Boolean)).toHaveLength(1);
    }
    await other.close();
  });
});
