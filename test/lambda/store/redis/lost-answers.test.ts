import { setTimeout as sleep } from 'node:timers/promises';

import { StoreUnavailableError } from '../../../../lambda/store/errors.ts';
import type { RedisStore } from '../../../../lambda/store/redis/redis-store.ts';
import type { InstalledProgram } from '../../../support/servers/debian.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import type { TurnFault } from '../../../support/turn-proxy.ts';
import { openRedis } from './opening.ts';
import { proxiedRedis, warmUp } from './proxied.ts';

for (const name of ['redis', 'valkey'] as const) describeWith(name, `an answer of ${name} that is lost`, lostAnswers);

function lostAnswers(program: InstalledProgram): void {
  const redis = proxiedRedis(program);
  /** Behind the proxy that loses answers. */
  let store: RedisStore;
  /** Another instance, whose answers arrive. */
  let other: RedisStore;
  beforeEach(async () => {
    await redis.server.cli('FLUSHALL');
    store = openRedis(`redis://localhost:${redis.proxy.port}`);
    other = openRedis(`redis://${redis.server.address}`);
    await warmUp(store);
    await warmUp(other);
    redis.proxy.reset();
  });
  afterEach(async () => {
    await store.close();
    await other.close();
  });

  /** The first command of this name is carried out, and its answer does not arrive. */
  const lose = (command: string, meanwhile?: () => Promise<unknown>): void => {
    let lost = false;
    redis.proxy.inject((text): TurnFault | undefined => {
      if (lost || !text.includes(`\r\n${command}\r\n`)) return undefined;
      lost = true;
      return { kind: 'lose-answer', meanwhile };
    });
  };

  test.each(['reset', 'lose-answer'] as const)('every verb survives it: %s', async (kind) => {
    const once = (): void => {
      let done = false;
      redis.proxy.inject((text) => {
        if (done || text.includes('HELLO')) return undefined;
        done = true;
        return { kind };
      });
    };
    once();
    await store.put('k', { n: 1 }, { ttl: 60 });
    once();
    expect(await store.get('k')).toEqual({ n: 1 });
    once();
    expect(await store.putIfAbsent('k', { n: 2 })).toBe(false);
    once();
    expect(await store.putIfAbsent('k2', { n: 2 })).toBe(true);
    const read = await store.getVersioned('k2');
    once();
    expect(await store.compareAndSet('k2', read?.version ?? '', { n: 3 })).toBe(true);
    once();
    expect(await store.getMany(['k', 'k2', 'k3'])).toEqual([{ n: 1 }, { n: 3 }, undefined]);
    once();
    expect(await store.take('k')).toEqual({ n: 1 });
    expect(await store.take('k')).toBeUndefined();
    once();
    await store.delete('k2');
    expect(await store.get('k2')).toBeUndefined();
  });

  test('take: the value goes to the caller whose answer was lost, and to nobody else', async () => {
    await store.put('code', { n: 1 });
    let others: unknown;
    lose('EVALSHA', async () => (others = await other.take('code')));
    expect(await store.take('code')).toEqual({ n: 1 });
    expect(others).toBeUndefined();
    expect(await other.take('code')).toBeUndefined();
  });

  test('take: a script that was not known, whose answer is lost', async () => {
    await redis.server.cli('SCRIPT', 'FLUSH');
    await store.put('code', { n: 1 });
    lose('EVAL');
    expect(await store.take('code')).toEqual({ n: 1 });
    expect(await other.take('code')).toBeUndefined();
  });

  test('putIfAbsent: the writer is told so, also when somebody has taken the entry since', async () => {
    lose('EVALSHA', async () => {
      expect(await other.putIfAbsent('nonce', { n: 1 })).toBe(false);
    });
    expect(await store.putIfAbsent('nonce', { n: 1 })).toBe(true);
    lose('EVALSHA', async () => {
      expect(await other.take('nonce-2')).toEqual({ n: 1 });
    });
    expect(await store.putIfAbsent('nonce-2', { n: 1 })).toBe(true);
    expect(await other.get('nonce-2')).toBeUndefined();
  });

  test('putIfAbsent: an older entry of somebody else is one, a newer one leaves it open', async () => {
    await other.put('older', { n: 1 });
    await sleep(5); // dates are of milliseconds
    lose('EVALSHA');
    expect(await store.putIfAbsent('older', { n: 2 })).toBe(false);
    lose('EVALSHA', async () => {
      await other.delete('replaced');
      await other.put('replaced', { n: 3 });
    });
    await expect(store.putIfAbsent('replaced', { n: 2 })).rejects.toThrow(StoreUnavailableError);
  });

  test('compareAndSet: the writer is told so, and nobody knows when others have written since', async () => {
    await store.put('k', { n: 1 });
    const swap = async (one: RedisStore, n: number): Promise<boolean> =>
      one.compareAndSet('k', (await one.getVersioned('k'))?.version ?? '', { n });
    lose('EVALSHA', async () => {
      expect(await other.get('k')).toEqual({ n: 2 });
    });
    expect(await swap(store, 2)).toBe(true);
    lose('EVALSHA', async () => {
      expect(await other.take('k')).toEqual({ n: 3 });
    });
    expect(await swap(store, 3)).toBe(true);
    await store.put('k', { n: 1 });
    lose('EVALSHA', async () => {
      expect(await swap(other, 5)).toBe(true);
    });
    await expect(swap(store, 4)).rejects.toThrow(StoreUnavailableError);
    expect(await other.get('k')).toEqual({ n: 5 });
  });

  test('twice in a row it still is the same call', async () => {
    await store.put('code', { n: 1 });
    let losses = 0;
    redis.proxy.inject((text) => (text.includes('EVALSHA') && losses++ < 2 ? { kind: 'lose-answer' } : undefined));
    expect(await store.take('code')).toEqual({ n: 1 });
    expect(losses).toBe(3);
  });

  test('a network that always loses them is an error after four attempts', async () => {
    redis.proxy.inject((text) => (text.includes('GET') ? { kind: 'lose-answer' } : undefined));
    await expect(store.get('k')).rejects.toThrow(StoreUnavailableError);
    expect(redis.proxy.turns.filter((text) => text.includes('\r\nGET\r\n'))).toHaveLength(4);
    redis.proxy.reset();
    expect(await store.get('k')).toBeUndefined();
  });

  test('an idle connection that the network has forgotten is replaced unnoticed', async () => {
    await store.put('k', { n: 1 });
    redis.proxy.cut();
    expect(await store.get('k')).toEqual({ n: 1 });
  });
}
