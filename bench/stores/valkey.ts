import { redisLike } from './redis.ts';

/** The kit's adapter and the client are those of Redis; Python's store is another, on another client. */
export const backend = redisLike('valkey', {
  bundled: false,
  python: `
from key_value.aio.stores.valkey import ValkeyStore
from urllib.parse import urlsplit
url = urlsplit(args[0])
inner = ValkeyStore(host=url.hostname, port=url.port)`,
});
