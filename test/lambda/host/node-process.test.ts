import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { bundle } from '../../../lib/code/bundle.ts';
import { RuntimeHost, RuntimePart } from '../../../lib/code/runtime-part.ts';
import { writeBundle } from '../../../lib/code/write-bundle.ts';
import { httpRequest, memoryEnv, rpcRequest } from '../../support/mcp.ts';
import { open } from '../../support/sse.ts';

const folder = mkdtempSync(join(tmpdir(), 'mcp-node-'));
const running: ChildProcess[] = [];
beforeAll(() => {
  const made = bundle({
    entry: join(__dirname, '..', '..', '..', 'examples', 'weather', 'server.ts'),
    host: RuntimeHost.NODE,
    parts: [RuntimePart.MEMORY_STORE],
    settings: {},
  });
  writeBundle(made, folder);
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(env: Record<string, string>): ChildProcess & { errors: () => string } {
  const child = spawn(process.execPath, ['index.mjs'], { cwd: folder, env: { PATH: process.env.PATH, ...env } });
  running.push(child);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return Object.assign(child, { errors: () => errors });
}

async function origin(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const { message, url } = JSON.parse(line) as { message?: string; url?: string };
    if (message === 'listening' && url !== undefined) {
      child.stdout.resume();
      return new URL(url).origin;
    }
  }
  throw new Error('the server ended');
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets an open stream come to its end, and then the process ends',
  async (signal) => {
    const child = run({ ...memoryEnv(), PORT: '0' });
    const url = await origin(child);
    const year = { name: 'year', arguments: { city: 'Berlin', delayMs: 20 }, _meta: { progressToken: 'p' } };
    const answer = await open(url, rpcRequest('modern', 'tools/call', year));
    expect(await answer.next()).toMatchObject({ params: { progress: 1 } });
    child.kill(signal);
    const progress: number[] = [];
    let result: unknown;
    for (let event = await answer.next(); event; event = await answer.next()) {
      if (event.method === 'notifications/progress') progress.push(event.params.progress as number);
      else result = event.result;
    }
    expect(progress).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(result).toMatchObject({ content: [{ type: 'text' }] });
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    await expect(open(url, httpRequest({ path: '/health' }))).rejects.toThrow('ECONNREFUSED');
  },
);

test('what has not come to its end when the time for it is over is cut, and the process ends', async () => {
  const child = run({ ...memoryEnv(), PORT: '0', MCP_DRAIN_SECONDS: '0' });
  const url = await origin(child);
  const year = { name: 'year', arguments: { city: 'Berlin', delayMs: 1000 }, _meta: { progressToken: 'p' } };
  const answer = await open(url, rpcRequest('modern', 'tools/call', year));
  expect(await answer.next()).toMatchObject({ params: { progress: 1 } });
  child.kill('SIGTERM');
  await expect(answer.next()).rejects.toThrow('aborted');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
});

test('a time that is none ends the start with one line', async () => {
  const child = run({ ...memoryEnv(), PORT: '0', MCP_KEEP_ALIVE_SECONDS: 'forever' });
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(1);
  expect(child.errors()).toMatch(/^MCP_KEEP_ALIVE_SECONDS is "forever": set whole seconds .*\n$/);
});

test('a port in use ends the start with one line', async () => {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const child = run({ ...memoryEnv(), PORT: String(port) });
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(1);
  expect(child.errors()).toBe(`Port ${port} on 127.0.0.1 is in use: stop what uses it, or set PORT to another\n`);
  other.close();
});

test('a start that fails ends the process, whatever the author’s code has opened', async () => {
  const keepsAlive = '--import=data:text/javascript,setInterval(()=>{},1e9)';
  const child = run({ ...memoryEnv(), PORT: '0', MCP_KEEP_ALIVE_SECONDS: 'forever', NODE_OPTIONS: keepsAlive });
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(1);
  expect(child.errors()).toMatch(/^MCP_KEEP_ALIVE_SECONDS is/);
});

test('a missing variable ends the start with one line that names it', async () => {
  const child = run({ PORT: '0' });
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(1);
  expect(child.errors()).toBe('MCP_SERVER_NAME is not set. Example: MCP_SERVER_NAME=weather\n');
});
