import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');
/** Arguments of Node that run the command from its source. */
export const TSX = ['--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs'), join(ROOT, 'bin/mcp-kit.ts')];
/** A server that remembers. */
export const WEATHER = join(ROOT, 'examples/weather/server.ts');

export interface ServingOptions {
  /** The current folder of the command. */
  readonly folder: string;
  readonly port: number;
  readonly flags?: readonly string[];
}

/** Runs `mcp-kit dev` with the example while a client does something, and expects it to end well. */
export async function serving(
  { folder, port, flags = [] }: ServingOptions,
  action: (client: Client) => Promise<void>,
): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [...TSX, 'dev', WEATHER, '--port', `${port}`, ...flags], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    let output = '';
    await new Promise<void>((resolve) => {
      child.stdout!.on('end', resolve).on('data', (chunk) => {
        output += String(chunk);
        if (output.includes('Ctrl-C ends it')) resolve();
      });
    });
    expect(output).toContain(`Serving ${WEATHER} on http://127.0.0.1:${port}/mcp`);
    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)));
    await action(client);
    await client.close();
  } finally {
    child.kill('SIGTERM');
  }
  expect((await ended)[0]).toBe(0);
}
