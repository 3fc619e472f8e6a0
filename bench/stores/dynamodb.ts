import { type AttributeValue, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import { startDynalite } from '../../test/support/dynalite.ts';
import { BARE, type BenchBackend, SAMPLE_KEY, SHARED } from './backend.ts';
import { countTurns } from './counting.ts';
import { serverTakesMost, serverWorksMore } from './reasons.ts';

const TABLE = 'bench';

export const backend: BenchBackend = {
  bundled: true,
  seconds: 1,
  async start() {
    const db = await startDynalite();
    await db.createTable(TABLE);
    const env = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' };
    const urlOf = (port: number | string): string =>
      `dynamodb://${TABLE}?region=us-east-1&endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}`;
    const { port } = new URL(db.endpoint);
    return {
      env,
      url: urlOf(port),
      // It runs in this process, which does nothing else while a row is measured.
      cpu: () => {
        const { user, system } = process.cpuUsage();
        return user + system;
      },
      count: () => countTurns(Number(port), urlOf),
      bytes: async (side) => {
        const Key = { collection: { S: side === 'bare' ? BARE : SHARED }, key: { S: SAMPLE_KEY } };
        return itemBytes((await db.client.send(new GetItemCommand({ TableName: TABLE, Key }))).Item ?? {});
      },
      stop: () => db.stop(),
    };
  },
  adapter: async () => (await import('../../lambda/store/adapters/dynamodb.ts')).dynamoDbAdapter,
  bare: (url) => {
    const client = new DynamoDBClient({ region: 'us-east-1', endpoint: url.searchParams.get('endpoint') ?? '' });
    const Key = (key: string) => ({ collection: { S: BARE }, key: { S: key } });
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
  reason: (miss) =>
    serverTakesMost(miss, 'the emulator, JavaScript in one thread, takes most of the time, whoever asks it') ??
    serverWorksMore(miss, "the emulator works longer on the kit's requests"),
};

/** As DynamoDB counts: names and values; a number takes a byte for two digits, and one more. */
function itemBytes(item: Readonly<Record<string, AttributeValue>>): number {
  let bytes = 0;
  for (const [name, { S, N }] of Object.entries(item)) {
    bytes += Buffer.byteLength(name);
    if (S !== undefined) bytes += Buffer.byteLength(S);
    else if (N !== undefined) bytes += Math.ceil(N.length / 2) + 1;
    else throw new Error(`the attribute ${name} is of a kind that is not counted here`);
  }
  return bytes;
}
