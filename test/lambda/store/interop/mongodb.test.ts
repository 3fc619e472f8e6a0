import { overClient } from '../../../../lambda/store/mongodb/driver.ts';
import { MongoDbStore } from '../../../../lambda/store/mongodb/mongodb-store.ts';
import { sharedValue } from '../../../support/json-arbitraries.ts';
import { runningMongo } from '../../../support/running-mongo.ts';
import type { MongoProgram } from '../../../support/servers/mongodb.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { interopSuite } from './interop-suite.ts';

describeWith<MongoProgram>('mongodb', 'MongoDB', (program) => {
  const mongo = runningMongo(program);
  const database = 'interop';

  interopSuite({
    name: 'mongodb',
    // Python cannot store such a name in MongoDB, and misses an entry of ours that has one.
    values: sharedValue.filter((value) => !/"(?:[^"\\]|\\.)*\\u0000(?:[^"\\]|\\.)*":/.test(JSON.stringify(value))),
    open: () => new MongoDbStore({ database, connect: () => overClient(mongo.client, database) }),
    peer: () => ({
      args: [mongo.server.url],
      setup: `
from key_value.aio.stores.mongodb import MongoDBStore
inner = MongoDBStore(url=args[0], db_name="${database}")`,
    }),
  });
});
