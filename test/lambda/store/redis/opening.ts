import { setTimeout as sleep } from 'node:timers/promises';

import { connector } from '../../../../lambda/store/redis/client.ts';
import type { Login } from '../../../../lambda/store/redis/connection.ts';
import { RedisStore } from '../../../../lambda/store/redis/redis-store.ts';
import { parseRedisUrl } from '../../../../lambda/store/redis/url.ts';

export interface OpenedProps {
  readonly now?: () => number;
  readonly login?: Login;
}

/** A store as its adapter opens it, with a clock and credentials of the test. */
export function openRedis(url: string, { now, login }: OpenedProps = {}): RedisStore {
  const parsed = parseRedisUrl(new URL(url));
  const { cluster, durable } = parsed;
  return new RedisStore({ where: 'Redis', connect: connector(parsed, login), login, cluster, durable, now });
}

/** A user with a password, which may be changed. */
export function passwordLogin(username: string, password: string): Login & { password: string } {
  const login = {
    password,
    credentials: () => Promise.resolve({ username, password: login.password }),
    renew: () => Promise.resolve(false),
  };
  return login;
}

/** A user line of an ACL: these commands, on keys that begin like this. */
export function userLine(name: string, password: string, prefix: string, commands: readonly string[]): string {
  return `user ${name} on >${password} ~${prefix}* -@all ${commands.map((command) => `+${command}`).join(' ')}`;
}

/** Waits until a call succeeds: servers need a moment to come back, and clusters seconds to agree. */
export async function recovered(call: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await call();
      return;
    } catch (error) {
      if (attempt === 60) throw error;
      await sleep(250);
    }
  }
}
