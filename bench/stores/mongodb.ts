import { MongoClient } from 'mongodb';

import { type MongoProgram, startMongo } from '../../test/support/servers/mongodb.ts';
import { findProgram } from '../../test/support/servers/programs.ts';
import type { BenchBackend } from './backend.ts';

export const backend: BenchBackend = {
  bundled: true,
  operations: 600,
  async start() {
    const { program, missing } = findProgram<MongoProgram>('mongodb');
    if (!program) throw new Error(missing);
    const server = await startMongo(program);
    return { url: `${server.url}/bench`, stop: () => server.stop() };
  },
  adapter: async () => (await import('../../lambda/store/adapters/mongodb.ts')).mongoDbAdapter,
  async bare(url) {
    const client = new MongoClient(`mongodb://${url.host}`);
    const entries = client.db('bench').collection('bare');
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
};
