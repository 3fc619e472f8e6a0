import { Token } from 'aws-cdk-lib';

import { CacheEngine, McpCache, McpMemcached, McpNetwork } from '../../../../lib/index.ts';
import { checkEndpointAddress } from '../../../../lib/storage/elasticache/endpoint-address.ts';
import { testStack } from '../../support/test-app.ts';

test.each(['localhost', '10.0.0.1', 'clustercfg.a_b.abc.euw1.cache.amazonaws.com', Token.asString({ Ref: 'Host' })])(
  '%s is a host',
  (address) => {
    expect(checkEndpointAddress(address)).toBe(address);
  },
);

test.each(['https://a.example.com', 'a.example.com:6379', 'redis://me:hunter2@a.example.com', 'a b', ''])(
  '%j is none, and is refused without the password that it may hold',
  (endpointAddress) => {
    const message = /^endpointAddress must be a host such as .*, without scheme and port, got "/;
    const stack = testStack();
    const network = new McpNetwork(stack, 'Network');
    const memcached = (): unknown =>
      McpMemcached.fromMemcachedAttributes(stack, 'Memcached', { endpointAddress, network });
    const cache = (): unknown =>
      McpCache.fromServerlessCacheAttributes(stack, 'Cache', {
        endpointAddress,
        network,
        cacheName: 'sessions',
        engine: CacheEngine.VALKEY_8_2,
      });
    for (const attempt of [memcached, cache]) {
      expect(attempt).toThrow(message);
      expect(attempt).not.toThrow(/hunter2/);
    }
  },
);
