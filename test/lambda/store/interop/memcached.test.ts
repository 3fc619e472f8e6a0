import * as fc from 'fast-check';

import { MemcachedStore } from '../../../../lambda/store/memcached/memcached-store.ts';
import { sharedKey } from '../../../support/json-arbitraries.ts';
import { startMemcached } from '../../../support/servers/memcached.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import type { ServerProcess } from '../../../support/servers/server-process.ts';
import { interopSuite } from './interop-suite.ts';

describeWith('memcached', 'memcached', (program) => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startMemcached(program);
  });
  afterAll(() => server.stop());
  const open = (keys: 'fit' | 'v1' | 'raw') => () =>
    new MemcachedStore({ address: () => Promise.resolve({ host: '127.0.0.1', port: server.port }), keys });

  /** Longer ones are times since 1970 for memcached, and Python does not know: its entries vanish at once. */
  const longestOfPython = 30 * 86_400;

  interopSuite({
    name: 'memcached',
    longestOfPython,
    open: open('fit'),
    peer: () => ({
      args: [String(server.port)],
      setup: `
from key_value.aio.stores.memcached import MemcachedStore
inner = MemcachedStore(port=int(args[0]))`,
    }),
    // Python's client refuses others.
    keys: sharedKey.filter((key) => !/[\s\u0000-\u001f\u007f-\u009f]/u.test(key) && Buffer.byteLength(key) < 200),
  });

  interopSuite({
    name: 'memcached with the V1 strategy',
    longestOfPython,
    open: open('v1'),
    peer: () => ({
      args: [String(server.port)],
      setup: `
from key_value.aio.stores.memcached import MemcachedStore
from key_value.aio.stores.memcached.store import MemcachedV1KeySanitizationStrategy
inner = MemcachedStore(port=int(args[0]), key_sanitization_strategy=MemcachedV1KeySanitizationStrategy())`,
    }),
    keys: sharedKey
      .filter((key) => !/[\s\u0000-\u001f\u007f-\u009f]/u.test(key) && Buffer.byteLength(key) - key.length <= 10)
      // Python counts characters: of 240 that take more bytes, it sends names that the server refuses.
      .chain((key) => fc.integer({ min: 0, max: 300 }).map((length) => key.padEnd(length, 'x'))),
  });
});
