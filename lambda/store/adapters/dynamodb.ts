import { DynamoDbStore } from '../dynamodb/dynamodb-store.ts';
import { parseDynamoDbUrl } from '../dynamodb/url.ts';
import type { StoreAdapter } from '../key-value-store.ts';

/**
 * DynamoDB: `dynamodb://TABLE?region=REGION`. The AWS SDK is loaded at the first call: a start, and answers that need no
 * storage, do not pay for it.
 */
export const dynamoDbAdapter: StoreAdapter = {
  schemes: ['dynamodb'],
  open: (url) => {
    const { table, ...client } = parseDynamoDbUrl(url);
    return new DynamoDbStore({
      table,
      connect: async () => (await import('../dynamodb/sdk-calls.ts')).connect(client),
    });
  },
};
