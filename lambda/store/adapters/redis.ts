import { secretCredentials } from '../credentials/secret-credentials.ts';
import type { StoreAdapter } from '../key-value-store.ts';
import type { Login } from '../redis/connection.ts';
import { iamLogin, secretLogin } from '../redis/login.ts';
import { RedisStore } from '../redis/redis-store.ts';
import { parseRedisUrl, type RedisAuth } from '../redis/url.ts';

/**
 * Redis and Valkey: `rediss://[user@]host[:port][/database]`, and `valkeys:`, which is the same; `redis:` and `valkey:`
 * without TLS. The client is loaded at the first call: a start, and answers that need no storage, do not pay for it.
 */
export const redisAdapter: StoreAdapter = {
  schemes: ['redis', 'rediss', 'valkey', 'valkeys'],
  open: (url) => {
    const parsed = parseRedisUrl(url);
    const login = loginOf(parsed.auth);
    return new RedisStore({
      where: `${/^valkey/.test(url.protocol) ? 'Valkey' : 'Redis'} at ${url.host}`,
      login,
      cluster: parsed.cluster,
      durable: parsed.durable,
      connect: async (broken) => (await import('../redis/client.ts')).connector(parsed, login)(broken),
    });
  },
};

function loginOf(auth: RedisAuth): Login | undefined {
  switch (auth.kind) {
    case 'none':
      return undefined;
    case 'secret':
      return secretLogin(secretCredentials(auth.arn, { timeoutMs: 3_000 }), auth.username);
    case 'iam':
      return iamLogin(auth);
  }
}
