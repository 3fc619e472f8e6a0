import { Duration } from 'aws-cdk-lib';

import { parseMemcachedUrl } from '../../../../lambda/store/memcached/url.ts';
import { parseRedisUrl } from '../../../../lambda/store/redis/url.ts';
import { CacheAccess, CacheDurability, CacheShape, McpStorage, MemcachedShape } from '../../../../lib/index.ts';
import { templateOf, testServer } from '../../support/test-app.ts';
import { storeUrlOf } from './support.ts';

const HOST = 'host.example.com';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:Password-AbCdEf';

/** The URL as a deployment could make it. */
function deployed(storage: McpStorage): URL {
  const text = storeUrlOf(templateOf(testServer({ storage })))
    .replace(/\{[A-Za-z]+\.[A-Za-z.]+\}/, HOST)
    .replace(/cache=\{[A-Za-z]+\}/, 'cache=generated-by-cloudformation')
    .replace(/secret=\{[A-Za-z]+\}/, `secret=${SECRET}`);
  expect(text).not.toMatch(/[{}]/);
  return new URL(text);
}

const REDIS = { host: HOST, port: 6379, database: 0, tls: true, ca: undefined, durable: false };
const IAM = { kind: 'iam', username: expect.stringMatching(/^weather-/) as string, region: 'eu-west-1' };
const durability = CacheDurability.SYNC;

// What the constructs write, the runtime reads as it was meant.
test.each<[string, () => McpStorage, object]>([
  [
    'serverless',
    () => McpStorage.valkey({ cacheName: 'mine' }),
    { ...REDIS, cluster: true, auth: { ...IAM, cache: 'mine', serverless: true } },
  ],
  [
    'serverless Redis OSS, with its generated name',
    () => McpStorage.redis(),
    {
      ...REDIS,
      cluster: true,
      auth: { ...IAM, cache: expect.stringMatching(/^test-server-storage-/) as string, serverless: true },
    },
  ],
  [
    'nodes',
    () => McpStorage.valkey({ shape: CacheShape.nodes({ port: 7000 }) }),
    { ...REDIS, port: 7000, cluster: false, auth: { ...IAM, cache: 'generated-by-cloudformation', serverless: false } },
  ],
  [
    'nodes that lose nothing',
    () => McpStorage.valkey({ shape: CacheShape.nodes({ durability }) }),
    {
      ...REDIS,
      cluster: true,
      durable: true,
      auth: { ...IAM, cache: 'generated-by-cloudformation', serverless: false },
    },
  ],
  [
    'with a password',
    () => McpStorage.valkey({ access: CacheAccess.password({ rotateAfter: Duration.days(1) }) }),
    { ...REDIS, cluster: true, auth: { kind: 'secret', arn: SECRET, username: undefined } },
  ],
])('%s', (_name, storage, expected) => {
  expect(parseRedisUrl(deployed(storage()))).toEqual(expected);
});

test.each<[string, () => McpStorage, boolean]>([
  ['serverless Memcached', () => McpStorage.memcached(), false],
  ['nodes of Memcached', () => McpStorage.memcached({ shape: MemcachedShape.nodes() }), true],
])('%s', (_name, storage, discovery) => {
  expect(parseMemcachedUrl(deployed(storage()))).toMatchObject({ host: HOST, port: 11211, tls: true, discovery });
});
