import type { Client } from '@modelcontextprotocol/client';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { freePort } from '../../support/servers/free-port.ts';
import { serving, TSX, WEATHER } from './serving.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-kit-dev-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...TSX, 'dev', ...args], { cwd: folder, encoding: 'utf8' });
}

test('serves a file, and what it stores survives a restart', async () => {
  const port = await freePort();
  await serving({ folder, port }, async (client) => {
    await client.callTool({ name: 'remember_place', arguments: { label: 'home', city: 'Lima' } });
  });
  await serving({ folder, port }, async (client) => {
    const { content } = await client.callTool({ name: 'recall_place', arguments: { label: 'home' } });
    expect(content).toEqual([{ type: 'text', text: 'lima' }]);
  });
}, 60_000);

test('serves with any store that a URL names', async () => {
  const port = await freePort();
  const data = join(folder, 'elsewhere');
  mkdirSync(data);
  const remember = async (client: Client): Promise<void> => {
    await client.callTool({ name: 'remember_place', arguments: { label: 'home', city: 'Lima' } });
  };
  await serving({ folder, port, flags: ['--store', pathToFileURL(data).href] }, remember);
  expect(readdirSync(data, { recursive: true }).join()).toContain('dev__');
  await serving({ folder, port, flags: ['--store', 'memory:'] }, remember);
});

test.each([
  ['valkey://user@elsewhere:6379/0?auth=iam', 'a valkey: URL of a store sends everything in clear'],
  ['redis://a:hunter2@localhost', 'a redis: URL of a store must not contain a password'],
  ['file:data', 'a file: URL of a store has an absolute path after three slashes'],
  ['file:///', 'a file: URL of a store must name a folder'],
  ['memory:x', 'a memory: URL has no host'],
  ['dynamodb://table?regoin=eu-west-1', 'a dynamodb: URL has the options region and endpoint'],
  ['memcached://localhost:99999', 'the memcached: URL of a store cannot be read: check its host and its port'],
  ['mongodb://a,b/x', 'a mongodb: URL of a store names one host, no list'],
  ['opensearch+https://h#x', 'an opensearch+https: URL of a store has no fragment'],
  ['rocksdb:///', 'a rocksdb: URL of a store must name a folder'],
])('the store %s is refused by the name of the flag, before anything is made', (url, message) => {
  const { status, stdout, stderr } = run(WEATHER, '--store', url);
  expect(stderr).toContain(`--store cannot be used: ${message}`);
  expect({ status, stdout, made: readdirSync(folder) }).toEqual({ status: 2, stdout: '', made: [] });
});

test.each([
  [[], 'no server file given: mcp-kit dev server.ts'],
  [['gone.ts'], 'the server file "gone.ts" does not exist: no file /'],
  [['a.ts', 'b.ts'], 'one server file at a time, got a.ts, b.ts'],
  [['a.ts', '--port', 'x'], '--port must be 1 to 65535, got "x"'],
  [['a.ts', '--prot', '1'], "Unknown option '--prot'"],
  [[WEATHER, '--memory', '--store', 'memory:'], 'give either --memory or --store URL'],
  [[WEATHER, '--store', 'hunter2'], '--store must be a URL such as redis://localhost'],
  [
    [WEATHER, '--store', 'ftp://a:hunter2@b'],
    '--store has no adapter for "ftp:": use one of memory, file, dynamodb, redis,',
  ],
  [[WEATHER, '--store', 'constructor:x'], '--store has no adapter for "constructor:"'],
  [[WEATHER, '--name', 'a b'], '--name must be letters, digits, ".", "-" or single "_", got "a b"'],
])('refuses %j', (args, message) => {
  const { status, stderr } = run(...args);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/hunter2|cdk runs/);
  expect(status).toBe(2);
});

test.each(['../../victim', '..', '.', '/victim', 'a/b', ''])('the name %j touches and creates nothing', (name) => {
  const victim = join(folder, 'victim');
  mkdirSync(join(victim, 'code'), { recursive: true });
  writeFileSync(join(victim, 'code', 'precious.txt'), 'keep');
  const cwd = join(folder, 'app');
  mkdirSync(cwd);
  const before = readdirSync(folder, { recursive: true }).sort();
  const { status, stderr } = spawnSync(process.execPath, [...TSX, 'dev', WEATHER, '--name', name], {
    cwd,
    encoding: 'utf8',
  });
  expect(stderr).toContain(`--name must be letters, digits, ".", "-" or single "_", got ${JSON.stringify(name)}`);
  expect(status).toBe(2);
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
});

test('serves at HOST and PORT; a flag outdoes the variable', async () => {
  const [port, other] = [await freePort(), await freePort()];
  const greet = async (client: Client): Promise<void> => {
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
  };
  await serving(
    { folder, port, host: 'localhost', flags: ['--memory'], by: 'PORT', env: { HOST: 'localhost' } },
    greet,
  );
  await serving({ folder, port, flags: ['--memory'], env: { PORT: `${other}`, HOST: '' } }, greet);
  const { status, stderr } = spawnSync(process.execPath, [...TSX, 'dev', WEATHER], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PORT: '0' },
  });
  expect(stderr).toContain('PORT must be 1 to 65535, got "0"');
  expect(status).toBe(2);
}, 60_000);

test('a port that is taken is told', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { status, output } = await new Promise<{ status: number | null; output: string }>((resolve) => {
    const child = spawn(process.execPath, [...TSX, 'dev', WEATHER, '--memory', '--port', `${port}`], { cwd: folder });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
    child.on('close', (code) => {
      resolve({ status: code, output: text });
    });
  });
  other.close();
  expect(output).toContain(`--port ${port} is in use on 127.0.0.1: stop what uses it, or give another`);
  expect(output).not.toContain('Serving');
  expect(status).toBe(2);
});
