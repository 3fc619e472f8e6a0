import { ListTablesCommand } from '@aws-sdk/client-dynamodb';

import { TABLE_ACTIONS } from '../../../lib/storage/table-namespace-grants.ts';
import { type LocalDynamoDb, startDynalite } from '../../support/dynalite.ts';
import { type Fault, type FaultProxy, type SeenRequest, startFaultProxy } from '../../support/fault-proxy.ts';
import { describeBesidePython } from '../../support/python-peer.ts';
import { type KitSession, type LocalSecret, openKit, startSecret } from './kit-session.ts';

const CLIENTS = { collection: 'mcp-oauth-proxy-clients' };

describeBesidePython('mcp_kit on DynamoDB', () => {
  let db: LocalDynamoDb;
  let proxy: FaultProxy;
  let secret: LocalSecret;
  let kit: KitSession;
  let seen: SeenRequest[];
  let fault: Fault | undefined;

  beforeAll(async () => {
    db = await startDynalite();
    await db.createTable('kit');
    proxy = await startFaultProxy(db.endpoint);
    secret = await startSecret(JSON.stringify({ root: 'r'.repeat(64) }));
    const env = { ...secret.env, MCP_KEYS_SECRET: secret.arn };
    kit = openKit(`dynamodb://kit?region=us-east-1&endpoint=${proxy.endpoint}`, env, 'oauth');
  });
  afterAll(async () => {
    await kit.stop();
    await secret.stop();
    await proxy.stop();
    await db.stop();
  });
  beforeEach(() => {
    proxy.reset();
    seen = [];
    fault = undefined;
    proxy.inject((request) => {
      seen.push(request);
      return fault;
    });
  });

  test('it makes calls that are granted, on rows of its own, and reads what was written last', async () => {
    expect(await kit.call('put', 'a', { n: 1 }, { ...CLIENTS, ttl: 60 })).toEqual({ is: null });
    expect(await kit.call('get', 'a', CLIENTS)).toEqual({ is: { n: 1 } });
    expect(await kit.call('put_many', ['b', 'c'], [{ n: 2 }, { n: 3 }], CLIENTS)).toEqual({ is: null });
    expect(await kit.call('get_many', ['a', 'b', 'd'], CLIENTS)).toEqual({ is: [{ n: 1 }, { n: 2 }, null] });
    expect(await kit.call('ttl', 'a', CLIENTS)).toMatchObject({ is: [{ n: 1 }, expect.any(Number)] });
    expect(await kit.call('delete', 'a', CLIENTS)).toEqual({ is: true });
    expect(await kit.call('delete', 'a', CLIENTS)).toEqual({ is: false });
    expect(await kit.call('delete_many', ['b', 'c', 'd'], CLIENTS)).toEqual({ is: 2 });
    const operations = [...new Set(seen.map(({ operation }) => operation))].sort();
    expect(operations).toEqual(['DeleteItem', 'GetItem', 'PutItem']);
    for (const operation of operations) expect(TABLE_ACTIONS).toContain(`dynamodb:${operation}`);
    for (const { operation, body } of seen) {
      const row = (body.Key ?? body.Item) as { collection: { S: string } };
      expect(row.collection.S).toBe(`notes__${CLIENTS.collection}`);
      if (operation === 'GetItem') expect(body.ConsistentRead).toBe(true);
    }
    expect((await db.client.send(new ListTablesCommand({}))).TableNames).toEqual(['kit']);
  });

  test.each<[string, Fault, string]>([
    ['a role without rights', denial('AccessDeniedException'), 'AccessDeniedException'],
    ['a table that is not there', denial('ResourceNotFoundException'), 'ResourceNotFoundException'],
    ['an item that is too large', denial('ValidationException'), 'ValidationException'],
    ['throttling', denial('ProvisionedThroughputExceededException'), 'ProvisionedThroughputExceededException'],
    ['connections that are reset', { kind: 'reset' }, 'ConnectionClosedError'],
  ])(
    '%s: the call says so, and the next one works',
    async (_title, injected, code) => {
      fault = injected;
      for (const [verb, operation] of [
        ['get', 'get_item'],
        ['put', 'put_item'],
        ['delete', 'delete_item'],
      ] as const) {
        const args = verb === 'put' ? ['CANARY', { n: 1 }] : ['CANARY'];
        expect(await kit.call(verb, ...args, CLIENTS)).toEqual({
          fault: `StoreFault: dynamodb table kit: ${operation}: ${code}`,
        });
      }
      fault = undefined;
      expect(await kit.call('put', 'again', { n: 1 }, CLIENTS)).toEqual({ is: null });
    },
    60_000,
  );

  test('a table that does not answer is a fault within eight seconds, never "not found"', async () => {
    fault = { kind: 'hang' };
    expect(await kit.call('get', 'k', CLIENTS)).toMatchObject({ fault: expect.stringMatching(/^StoreFault: /) });
    fault = undefined;
    expect(await kit.call('get', 'k', CLIENTS)).toEqual({ is: null });
  }, 30_000);

  test('an endpoint that was away is found again', async () => {
    await proxy.kill();
    expect(await kit.call('get', 'k', CLIENTS)).toEqual({
      fault: 'StoreFault: dynamodb table kit: get_item: EndpointConnectionError',
    });
    await proxy.restart();
    expect(await kit.call('get', 'k', CLIENTS)).toEqual({ is: null });
  }, 30_000);
});

function denial(name: string): Fault {
  return { kind: 'answer', status: 400, body: { __type: `com.amazonaws.dynamodb#${name}`, message: 'CANARY' } };
}
