import { overClient } from '../../../lambda/store/mongodb/driver.ts';
import { MongoDbStore } from '../../../lambda/store/mongodb/mongodb-store.ts';
import { runningMongo } from '../../support/running-mongo.ts';
import type { MongoProgram } from '../../support/servers/mongodb.ts';
import { describeWith } from '../../support/servers/programs.ts';
import { storeContract } from './contract.ts';

describeWith<MongoProgram>('mongodb', 'the MongoDB store', (program) => {
  const mongo = runningMongo(program);
  let databases = 0;

  const open = (now?: () => number, database = `db${databases++}`): MongoDbStore =>
    new MongoDbStore({ database, connect: () => overClient(mongo.client, database), now });

  storeContract('mongodb', ({ now }) => open(now));
});
