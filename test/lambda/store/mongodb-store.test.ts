import { MongoClient } from 'mongodb';

import { overClient } from '../../../lambda/store/mongodb/driver.ts';
import { MongoDbStore } from '../../../lambda/store/mongodb/mongodb-store.ts';
import { type MongoProgram, type MongoServer, startMongo } from '../../support/servers/mongodb.ts';
import { describeWith } from '../../support/servers/programs.ts';
import { storeContract } from './contract.ts';

describeWith<MongoProgram>('mongodb', 'the MongoDB store', (program) => {
  let server: MongoServer;
  let client: MongoClient;
  let databases = 0;
  beforeAll(async () => {
    server = await startMongo(program);
    client = await new MongoClient(server.url).connect();
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  const open = (now?: () => number, database = `db${databases++}`): MongoDbStore =>
    new MongoDbStore({ database, connect: () => overClient(client, database), now });

  storeContract('mongodb', ({ now }) => open(now));
});
