import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { McpServer } from '@modelcontextprotocol/server';
import http from 'http';
import type { AddressInfo } from 'node:net';

import { serve } from '../../../lambda/serve.ts';

/** Makes a call with an AWS client while it is loaded, to a server in the same process: what does that make Node load? */
const fake = http.createServer((_request, response) => response.end('{"Item":{"answer":{"N":"42"}}}'));
await new Promise<void>((listening) => fake.listen(0, '127.0.0.1', listening));
const client = new DynamoDBClient({
  region: 'eu-west-1',
  endpoint: `http://127.0.0.1:${(fake.address() as AddressInfo).port}`,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
const { Item } = await client.send(new GetItemCommand({ TableName: 'table', Key: { key: { S: 'a' } } }));
if (Item?.answer?.N !== '42') throw new Error('the client did not reach the server');
client.destroy();
fake.close();

// TypeScript takes the SDK of an ES module and that of a CommonJS one for two.
export default serve(() => new McpServer({ name: 'fixture', version: '1.0.0' }) as never);
