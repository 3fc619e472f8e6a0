import { DynamoDbStore } from '../../../../lambda/store/dynamodb/dynamodb-store.ts';
import { overClient } from '../../../../lambda/store/dynamodb/sdk-calls.ts';
import { type LocalDynamoDb, startDynalite } from '../../../support/dynalite.ts';
import { interopSuite } from './interop-suite.ts';

let db: LocalDynamoDb;
beforeAll(async () => {
  db = await startDynalite();
  await db.createTable('interop');
});
afterAll(() => db.stop());

interopSuite({
  name: 'dynamodb',
  largest: 200_000, // encrypted it is four fifths longer, and an item may have 400 KB
  open: () => new DynamoDbStore({ table: 'interop', connect: () => overClient(db.client) }),
  peer: () => ({
    args: [db.endpoint],
    // py-key-value's own set-up needs a TTL API that dynalite lacks.
    setup: `
from key_value.aio.stores.dynamodb import DynamoDBStore, store as module
async def status(client, table_name): return "ENABLED"
module._describe_dynamodb_ttl = status
inner = DynamoDBStore(table_name="interop", endpoint_url=args[0], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")`,
  }),
});
