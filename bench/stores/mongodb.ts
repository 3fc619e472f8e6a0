import { MongoClient } from 'mongodb';

import { startMongoProxy } from '../../test/support/mongo-proxy.ts';
import { type MongoProgram, startMongo } from '../../test/support/servers/mongodb.ts';
import { findProgram } from '../../test/support/servers/programs.ts';
import { BARE, type BenchBackend, type CallCounter, SAMPLE_KEY, SHARED } from './backend.ts';
import { cpuOf } from './counting.ts';
import { serverTakesMost, waitsMost } from './reasons.ts';

const DATABASE = 'bench';

export const backend: BenchBackend = {
  bundled: true,
  seconds: 1,
  async start() {
    const { program, missing } = findProgram<MongoProgram>('mongodb');
    if (!program) throw new Error(missing);
    const server = await startMongo(program);
    return {
      url: `${server.url}/${DATABASE}`,
      cpu: () => cpuOf(server.pid()),
      count: () => countCommands(server.port),
      bytes: async (side) => {
        const client = new MongoClient(server.url);
        const entries = client.db(DATABASE).collection(side === 'bare' ? BARE : SHARED);
        const document = (await entries.findOne({ key: SAMPLE_KEY }, { raw: true })) as unknown as Uint8Array;
        await client.close();
        return document.length;
      },
      stop: () => server.stop(),
    };
  },
  adapter: async () => (await import('../../lambda/store/adapters/mongodb.ts')).mongoDbAdapter,
  async bare(url) {
    const client = new MongoClient(`mongodb://${url.host}`);
    const entries = client.db(DATABASE).collection(BARE);
    await entries.createIndex({ key: 1 });
    return {
      get: (key) => entries.findOne({ key }),
      put: (key, value, ttl) => {
        const $set = { key, value, expires_at: new Date(Date.now() + ttl * 1000) };
        return entries.updateOne({ key }, { $set }, { upsert: true });
      },
      close: () => client.close(),
    };
  },
  python: `
from key_value.aio.stores.mongodb import MongoDBStore
inner = MongoDBStore(url=args[0].rsplit("/", 1)[0], db_name="bench")`,
  reason: (miss) =>
    serverTakesMost(miss, 'the server of the tests, in Java, takes most of the time') ??
    waitsMost(miss, 'the server of the tests writes its file before it answers'),
};

/** Commands of the protocol, without those by which a client watches the server beside the calls. */
async function countCommands(port: number): Promise<CallCounter> {
  const proxy = await startMongoProxy(port);
  return {
    url: `${proxy.url}/${DATABASE}`,
    calls: () => [...proxy.counts.values()].reduce((sum, count) => sum + count, 0),
    reset: () => {
      proxy.reset();
    },
    stop: () => proxy.stop(),
  };
}
