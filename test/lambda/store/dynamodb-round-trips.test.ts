import { DynamoDbStore } from '../../../lambda/store/dynamodb/dynamodb-store.ts';
import { connect } from '../../../lambda/store/dynamodb/sdk-calls.ts';
import { type LocalDynamoDb, startDynalite } from '../../support/dynalite.ts';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts';

let db: LocalDynamoDb;
let proxy: FaultProxy;
let store: DynamoDbStore;
beforeAll(async () => {
  db = await startDynalite();
  proxy = await startFaultProxy(db.endpoint);
  await db.createTable('trips');
  store = new DynamoDbStore({
    table: 'trips',
    connect: () => connect({ endpoint: proxy.endpoint, region: 'us-east-1' }),
  });
});
afterAll(async () => {
  await store.close();
  await proxy.stop();
  await db.stop();
});

const keys = (length: number): string[] => Array.from({ length }, (_, n) => `k${n}`);
const values = (length: number): { n: number }[] => Array.from({ length }, (_, n) => ({ n }));

test.each<[string, Record<string, number>, (version: string) => Promise<unknown>]>([
  ['get', { GetItem: 1 }, () => store.get('k')],
  ['get of nothing', { GetItem: 1 }, () => store.get('nothing')],
  ['ttl', { GetItem: 1 }, () => store.ttl('k')],
  ['getVersioned', { GetItem: 1 }, () => store.getVersioned('k')],
  ['put', { PutItem: 1 }, () => store.put('k', { n: 1 }, { ttl: 60 })],
  ['putIfAbsent', { PutItem: 1 }, () => store.putIfAbsent('fresh', { n: 1 })],
  ['putIfAbsent of what is there', { PutItem: 1 }, () => store.putIfAbsent('k', { n: 1 })],
  ['compareAndSet', { PutItem: 1 }, (version) => store.compareAndSet('k', version, { n: 2 })],
  ['compareAndSet of what has changed', { PutItem: 1 }, () => store.compareAndSet('k', 'oabc', { n: 2 })],
  ['take', { UpdateItem: 1 }, () => store.take('k')],
  ['take of nothing', { UpdateItem: 1 }, () => store.take('nothing')],
  ['delete', { DeleteItem: 1 }, () => store.delete('k')],
  ['getMany of 100', { BatchGetItem: 1 }, () => store.getMany(keys(100))],
  ['getMany of 101', { BatchGetItem: 2 }, () => store.getMany(keys(101))],
  ['ttlMany of 100', { BatchGetItem: 1 }, () => store.ttlMany(keys(100))],
  ['putMany of 25', { BatchWriteItem: 1 }, () => store.putMany(keys(25), values(25))],
])('%s: %j', async (_, expected, call) => {
  await store.put('k', { n: 0 });
  const { version } = (await store.getVersioned('k'))!;
  proxy.reset();
  await call(version);
  expect(Object.fromEntries(proxy.counts)).toEqual(expected);
});

test('killed and started again on the same port: the next call works', async () => {
  await store.put('k', { n: 1 });
  await proxy.kill();
  const fault = { name: 'StoreUnavailableError', retryable: true };
  await expect(store.get('k')).rejects.toMatchObject(fault);
  await expect(store.take('k')).rejects.toMatchObject(fault);
  await proxy.restart();
  expect(await store.get('k')).toEqual({ n: 1 });
  expect(await store.take('k')).toEqual({ n: 1 });
});

test('killed while calls are under way, and back within their time: no call fails', async () => {
  proxy.reset();
  const puts = keys(20).map((key, n) => store.put(key, { n }));
  await proxy.kill();
  await proxy.restart();
  await Promise.all(puts);
  expect(await store.getMany(keys(20))).toEqual(values(20));
});
