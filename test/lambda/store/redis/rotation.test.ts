import { setTimeout as sleep } from 'node:timers/promises';

import { secretCredentials } from '../../../../lambda/store/credentials/secret-credentials.ts';
import type { Connect, RedisConnection } from '../../../../lambda/store/redis/connection.ts';
import { ReplyFault } from '../../../../lambda/store/redis/faults.ts';
import { RedisLink } from '../../../../lambda/store/redis/link.ts';
import { secretLogin } from '../../../../lambda/store/redis/login.ts';

/** Calls that begin while the new password is on its way, one after the other. */
const CALLS = 12;

test('a password is rotated under load: calls that begin while the secret is read fail neither themselves nor others', async () => {
  let password = 'old';
  let clock = 0;
  const fetch = async (): Promise<string> => {
    const text = JSON.stringify({ username: 'kit', password });
    await sleep(60);
    return text;
  };
  const login = secretLogin(secretCredentials('arn', { source: { fetch }, now: () => clock }), undefined);
  let cut: () => void = () => undefined;
  const connection: RedisConnection = {
    send: () => Promise.resolve('OK'),
    fault: (error) => error,
    retire: () => Promise.resolve(),
  };
  const connect: Connect = async (broken) => {
    const given = await login.credentials();
    await sleep(15);
    if (given.password !== password) throw new ReplyFault('WRONGPASS invalid username-password pair');
    cut = broken;
    return connection;
  };
  const link = new RedisLink({ where: 'Redis', connect, login });
  const call = (): Promise<unknown> => link.call((open) => open.send('k', ['GET', 'k']));
  await call();
  password = 'new';
  clock += 60_000;
  cut();
  const calls = Array.from({ length: CALLS }, async (_, index) => {
    await sleep(index * 10);
    return call();
  });
  expect(await Promise.all(calls)).toEqual(calls.map(() => 'OK'));
  await link.close();
});
