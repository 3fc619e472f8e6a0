import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import { startDynalite } from '../../test/support/dynalite.ts';
import type { BenchBackend } from './backend.ts';

const TABLE = 'bench';

export const backend: BenchBackend = {
  bundled: true,
  operations: 500,
  async start() {
    const db = await startDynalite();
    await db.createTable(TABLE);
    const endpoint = encodeURIComponent(db.endpoint);
    const env = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' };
    return { env, url: `dynamodb://${TABLE}?region=us-east-1&endpoint=${endpoint}`, stop: () => db.stop() };
  },
  adapter: async () => (await import('../../lambda/store/adapters/dynamodb.ts')).dynamoDbAdapter,
  bare: (url) => {
    const client = new DynamoDBClient({ region: 'us-east-1', endpoint: url.searchParams.get('endpoint') ?? '' });
    const Key = (key: string) => ({ collection: { S: 'bare' }, key: { S: key } });
    return Promise.resolve({
      get: async (key) => {
        const command = new GetItemCommand({ TableName: TABLE, Key: Key(key), ConsistentRead: true });
        return JSON.parse((await client.send(command)).Item?.value?.S ?? 'null') as unknown;
      },
      put: (key, value, ttl) => {
        const N = `${Math.floor(Date.now() / 1000) + ttl}`;
        const Item = { ...Key(key), value: { S: JSON.stringify(value) }, ttl: { N } };
        return client.send(new PutItemCommand({ TableName: TABLE, Item }));
      },
      close: () => {
        client.destroy();
        return Promise.resolve();
      },
    });
  },
  python: `
from key_value.aio.stores.dynamodb import DynamoDBStore, store as module
from urllib.parse import urlsplit, parse_qs
async def status(client, table_name): return "ENABLED"
module._describe_dynamodb_ttl = status
inner = DynamoDBStore(table_name="bench", endpoint_url=parse_qs(urlsplit(args[0]).query)["endpoint"][0], region_name="us-east-1", aws_access_key_id="bench", aws_secret_access_key="bench")`,
};
