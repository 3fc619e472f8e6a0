import type { Client } from '@modelcontextprotocol/client';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../../support/servers/free-port.ts';
import { type MongoProgram, startMongo } from '../../support/servers/mongodb.ts';
import { describeWith } from '../../support/servers/programs.ts';
import { startRedis } from '../../support/servers/redis.ts';
import { serving } from './serving.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-kit-dev-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Stores with one process, and finds it with another. */
async function rememberAndRecall(store: string): Promise<void> {
  const options = { folder, port: await freePort(), flags: ['--store', store] };
  await serving(options, async (client: Client) => {
    await client.callTool({ name: 'remember_place', arguments: { label: 'home', city: 'Lima' } });
  });
  await serving(options, async (client: Client) => {
    const { content } = await client.callTool({ name: 'recall_place', arguments: { label: 'home' } });
    expect(content).toEqual([{ type: 'text', text: 'lima' }]);
  });
}

describeWith('redis', 'mcp-kit dev with Redis', (program) => {
  test('what it stores is in the namespace of the server, and survives it', async () => {
    const server = await startRedis(program);
    try {
      await rememberAndRecall(`redis://${server.address}`);
      expect((await server.cli('KEYS', '*')).trim()).toMatch(/^dev__/);
    } finally {
      await server.stop();
    }
  }, 60_000);
});

describeWith<MongoProgram>('mongodb', 'mcp-kit dev with a server of the MongoDB protocol', (program) => {
  test('what it stores survives the server', async () => {
    const server = await startMongo(program);
    try {
      await rememberAndRecall(server.url);
    } finally {
      await server.stop();
    }
  }, 60_000);
});
