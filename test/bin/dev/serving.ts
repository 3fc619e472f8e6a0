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
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** What names the port. @default '--port' */
  readonly by?: '--port' | 'PORT';
  /** Variables besides those of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `mcp-kit dev` with the example while a client does something, and expects it to end well. */
export async function serving(
  { folder, port, flags = [], host = '127.0.0.1', by = '--port', env = {} }: ServingOptions,
  action: (client: Client) => Promise<void>,
): Promise<void> {
  const child: ChildProcess = spawn(
    process.execPath,
    [...TSX, 'dev', WEATHER, ...(by === 'PORT' ? [] : [by, `${port}`]), ...flags],
    {
      cwd: folder,
      env: { ...process.env, ...(by === 'PORT' && { PORT: `${port}` }), ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(child, 'exit');
  try {
    let output = '';
    await new Promise<void>((resolve) => {
      child.stdout!.on('end', resolve).on('data', (chunk) => {
        output += String(chunk);
        if (output.includes('Ctrl-C ends it')) resolve();
      });
    });
    expect(output).toContain(`Serving ${WEATHER} on http://${host}:${port}/mcp, for anybody on this machine`);
    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`http://${host}:${port}/mcp`)));
    await action(client);
    await client.close();
  } finally {
    child.kill('SIGTERM');
  }
  expect((await ended)[0]).toBe(0);
}
