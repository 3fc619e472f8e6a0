import { DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';

import { DynamoDbStore } from '../../lambda/store/dynamodb/dynamodb-store.ts';
import { overClient } from '../../lambda/store/dynamodb/sdk-calls.ts';
import { storeContract } from '../lambda/store/contract.ts';
import { createStoreTable } from '../support/dynalite.ts';
import { describeOnCloud } from './available.ts';
import { LocalCloud } from './local-cloud.ts';

jest.setTimeout(60_000);

/** The same suite as over dynalite, on tables as they are deployed: with time to live, which dynalite lacks. */
describeOnCloud('DynamoDB of the local cloud', () => {
  let cloud: LocalCloud;
  let client: DynamoDBClient;
  let tables = 0;

  beforeAll(async () => {
    cloud = await LocalCloud.start();
    client = new DynamoDBClient(cloud.clientConfig);
  });
  afterAll(async () => {
    client.destroy();
    await cloud.stop();
  });

  storeContract('DynamoDB over the local cloud', async ({ now }) => {
    const table = `store-${tables++}`;
    await createStoreTable(client, table);
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: table,
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      }),
    );
    return new DynamoDbStore({ table, now, connect: () => overClient(client) });
  });
});
