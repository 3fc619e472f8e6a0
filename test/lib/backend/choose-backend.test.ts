import { chooseBackend } from '../../../lib/backend/choose-backend.ts';
import type { Workload } from '../../../lib/backend/workload.ts';
import { namesOf } from './workloads.ts';

const first = (workload: Workload): string | undefined => chooseBackend(workload).ranking[0]?.backend;
const refusalOf = (backend: string, workload: Workload) =>
  chooseBackend(workload).refused.find((refused) => refused.backend === backend);

describe('the tree', () => {
  test.each<[string, Workload, string]>([
    ['just starting', { environment: 'development' }, 'memory'],
    ['just starting, on Lambda', { environment: 'development', platform: 'lambda' }, 'memory'],
    ['just starting, with something there', { environment: 'development', existing: ['redis'] }, 'memory'],
    ['one server that must persist', { platform: 'machine', persistence: true }, 'disk'],
    ['one server with logins', { platform: 'machine', role: 'oauth' }, 'disk'],
    ['several servers', { platform: 'machine', servers: 'multi' }, 'valkey'],
    ['the cloud, few requests', {}, 'dynamodb'],
    ['the cloud, many requests', { requestsPerSecond: 20 }, 'valkey'],
    ['the cloud, many requests, and the internet', { requestsPerSecond: 20, internet: true }, 'dynamodb'],
    ['the cloud, in a hurry', { latencyMs: 1 }, 'valkey'],
    ['several in the cloud with logins', { servers: 'multi', role: 'oauth', requestsPerSecond: 50 }, 'dynamodb'],
    ['existing Redis', { existing: ['redis'] }, 'redis'],
    ['existing Redis, logins', { existing: ['redis'], role: 'oauth' }, 'dynamodb'],
    ['existing Redis, logins, accepted', { existing: ['redis'], role: 'oauth', allowLostWrites: true }, 'redis'],
    ['existing MongoDB', { existing: ['mongodb'], servers: 9 }, 'mongodb'],
    ['existing Elasticsearch', { existing: ['elasticsearch'] }, 'elasticsearch'],
    ['existing OpenSearch', { existing: ['opensearch'] }, 'elasticsearch'],
    ['existing Memcached, a cache', { existing: ['memcached'] }, 'memcached'],
    ['existing Memcached, logins', { existing: ['memcached'], role: 'oauth' }, 'dynamodb'],
    ['existing RocksDB, one machine', { existing: ['rocksdb'], platform: 'machine' }, 'rocksdb'],
    ['existing disk, several servers', { existing: ['disk'], servers: 3, platform: 'machine' }, 'valkey'],
  ])('%s', (_name, workload, expected) => {
    expect(first(workload)).toBe(expected);
  });
});

describe('refusals', () => {
  test.each<[string, Workload, string, string]>([
    [
      'memory',
      { servers: 2, platform: 'machine' },
      'each server would see only what it stored itself',
      'run one server, or use Valkey',
    ],
    ['memory', {}, 'instances come and go', 'run it on a machine of your own, or use DynamoDB'],
    [
      'memory',
      { platform: 'machine', persistence: true },
      'lost with the process',
      'do without persistence, or use Disk',
    ],
    [
      'memory',
      { environment: 'development', platform: 'lambda', role: 'oauth' },
      'fails on another',
      'outside of Lambda',
    ],
    [
      'disk',
      { role: 'oauth', platform: 'lambda', servers: 1 },
      'a code must be taken once',
      'run it on a machine of your own, or use DynamoDB',
    ],
    ['memcached', { role: 'oauth' }, 'it evicts entries', 'use it for the cache only, or use DynamoDB'],
    [
      'redis',
      { role: 'oauth' },
      'a failover loses writes',
      'accept that with allowLostWrites, or take nodes of Valkey that log their writes (McpStorage.valkey({ shape: CacheShape.nodes({ durability: CacheDurability.SYNC }) })), or use DynamoDB',
    ],
    [
      'rocksdb',
      { platform: 'lambda', servers: 1 },
      'no disk that lasts',
      'run a single task on Fargate, or use DynamoDB',
    ],
    [
      'rocksdb',
      { platform: 'fargate', servers: 1, persistence: true },
      'the volume of a task is gone with the task',
      'do without persistence, or use DynamoDB',
    ],
    [
      'rocksdb',
      { platform: 'fargate', servers: 1, role: 'oauth' },
      'the volume of a task is gone with the task',
      'use it for the cache only, or use DynamoDB',
    ],
    ['dynamodb', { itemSizeKb: 401 }, 'entries of 401 KB exceed its 400 KB', 'store smaller entries, or use Valkey'],
    ['dynamodb', { latencyMs: 1 }, 'typically takes 4 ms, more than 1 ms', 'allow 4 ms, or use Valkey'],
    [
      'dynamodb',
      { environment: 'development', platform: 'machine' },
      'needs an AWS account',
      'name it in existing if you have it, or use Memory',
    ],
  ])('%s for %j', (backend, workload, reason, remedy) => {
    const refused = refusalOf(backend, workload);
    expect(refused?.reason).toContain(reason);
    expect(refused?.remedy).toContain(remedy);
  });

  test('all grounds are named at once', () => {
    expect(refusalOf('disk', { servers: 2, latencyMs: 1 })).toEqual({
      backend: 'disk',
      reason: 'a folder belongs to one server (Multi-Server, FastMCP); a read typically takes 3 ms, more than 1 ms',
      remedy: 'run one server and allow 3 ms, or use Valkey',
    });
  });

  test('when nothing can serve, all are refused, and no remedy recommends one', () => {
    const { ranking, refused } = chooseBackend({ latencyMs: 0.001 });
    expect(ranking).toEqual([]);
    expect(refused).toHaveLength(9);
    for (const { remedy } of refused) expect(remedy).not.toContain('or use');
  });

  test('doing what a remedy says lifts the refusal', () => {
    expect(refusalOf('redis', { role: 'oauth', allowLostWrites: true })).toBeUndefined();
    expect(refusalOf('dynamodb', { latencyMs: 4 })).toBeUndefined();
    expect(refusalOf('dynamodb', { itemSizeKb: 400 })).toBeUndefined();
    expect(refusalOf('mongodb', { environment: 'development', existing: ['mongodb'] })).toBeUndefined();
    expect(refusalOf('rocksdb', { platform: 'fargate' })).toBeUndefined();
  });
});

test('reasons name the column and who rated', () => {
  expect(chooseBackend({ existing: ['dynamodb'], latencyMs: 5, role: 'oauth' }).ranking[0]?.reasons).toEqual([
    'it exists already',
    'best for Cloud Native (FastMCP): the pick on AWS: durable, no network to join, paid per request',
    'an acknowledged write is kept',
    'a read typically takes 4 ms, and 5 ms are allowed',
  ]);
});

test('in development a table is not meant, and still possible where AWS is used anyway', () => {
  const { ranking } = chooseBackend({ environment: 'development', persistence: true });
  const table = ranking.find(({ backend }) => backend === 'dynamodb');
  expect(table).toMatchObject({ rating: 'limited' });
  expect(table?.reasons[0]).toBe(
    'not meant for Development (FastMCP): needs an AWS account before the first line runs',
  );
  expect(namesOf(chooseBackend({ environment: 'development', platform: 'machine' }).ranking)).not.toContain('dynamodb');
});

test('what was assumed is part of the answer', () => {
  expect(chooseBackend().workload).toEqual({
    environment: 'production',
    servers: 1,
    platform: 'cloud',
    persistence: false,
    existing: [],
    role: 'cache',
    requestsPerSecond: 1,
    hitRatio: 0.8,
    itemSizeKb: 4,
    latencyMs: undefined,
    internet: false,
    allowLostWrites: false,
  });
  expect(chooseBackend({ platform: 'lambda', role: 'oauth' }).workload).toMatchObject({
    servers: 2,
    persistence: true,
  });
  expect(chooseBackend({ platform: 'lambda', environment: 'development' }).workload.servers).toBe(1);
});

describe('bad input is named, with what to write instead', () => {
  test.each<[unknown, string, string]>([
    [{ environment: 'test' }, 'environment', 'unknown environment "test": use "development" or "production"'],
    [{ platform: 'moon' }, 'platform', 'unknown platform "moon": use "machine" or "fargate" or "lambda" or "cloud"'],
    [{ role: 'sessions' }, 'role', 'unknown role "sessions": use "cache" or "oauth"'],
    [{ servers: 0 }, 'servers', 'servers must be a whole number of 1 or more, "single" or "multi", got 0'],
    [{ servers: 1.5 }, 'servers', 'got 1.5'],
    [{ servers: 'many' }, 'servers', 'got "many"'],
    [{ servers: null, role: 'cache', hitRatio: 2 }, 'hitRatio', 'hitRatio must be a number from 0 to 1, got 2'],
    [{ requestsPerSecond: -1 }, 'requestsPerSecond', 'requestsPerSecond must be a number of 0 or more, got -1'],
    [{ requestsPerSecond: NaN }, 'requestsPerSecond', 'got NaN'],
    [{ requestsPerSecond: Infinity }, 'requestsPerSecond', 'got Infinity'],
    [{ hitRatio: '0.5' }, 'hitRatio', 'got "0.5"'],
    [{ itemSizeKb: 0 }, 'itemSizeKb', 'itemSizeKb must be a number of KB above 0, got 0'],
    [{ latencyMs: 0 }, 'latencyMs', 'latencyMs must be a number of milliseconds above 0, got 0'],
    [{ persistence: 'yes' }, 'persistence', 'persistence must be true or false, got "yes"'],
    [{ internet: 1 }, 'internet', 'internet must be true or false, got 1'],
    [{ existing: 'redis' }, 'existing', 'existing must be a list of backends such as ["redis"], got "redis"'],
    [{ existing: ['postgres'] }, 'existing', 'unknown existing "postgres": use "disk" or "redis"'],
    [{ existing: ['memory'] }, 'existing', 'unknown existing "memory"'],
    [{ role: 'oauth', persistence: false }, 'persistence', 'contradicts role "oauth" in production'],
    [{ server: 2 }, 'server', 'a workload has no field "server": use environment, servers, platform'],
    [null, 'workload', "a workload must be an object, got null: { servers: 'multi' }"],
  ])('%j', (workload, field, message) => {
    let error: unknown;
    try {
      chooseBackend(workload as Workload);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ name: 'WorkloadError', field });
    expect((error as Error).message).toContain(message);
  });
});
