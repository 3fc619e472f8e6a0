import { parseArgs } from 'node:util';

import { SERVER_NAME_PATTERN } from '../../lambda/wiring.ts';
import { UsageError } from '../usage-error.ts';

export const DEV_HELP = `Usage: mcp-kit dev ENTRY [options]

Serves a file with "export default serve(…)" on this machine: the Node host, on loopback, without authentication.

  --port N     port to listen on (PORT, or 3000)
  --name NAME  name of the server: its namespace in the store (dev)
  --memory     store in memory instead of on disk
  --store URL  store there instead, as MCP_STORE_URL of a deployment: redis://localhost, file:///srv/mcp, …
  --help

The bundle and what the server stores are in .mcp-kit/NAME/ of the current folder; stored entries survive a restart.
HOST is another address to listen on than 127.0.0.1: whoever reaches it may call.
Stores of other machines, and those of AWS with the credentials of this shell, are reached as from a deployment.
`;

/** What was asked of `mcp-kit dev`. */
export interface DevFlags {
  readonly help: boolean;
  readonly entry: string;
  readonly port: number;
  /** What named the port, for people. */
  readonly portFrom: '--port' | 'PORT';
  /** Address to listen on. */
  readonly host: string;
  readonly name: string;
  readonly memory: boolean;
  /** URL of a store; undefined: the folder of the server. */
  readonly store?: string;
}

/** @throws {UsageError} that names what is wrong. The name becomes a folder: nothing is touched before it was checked */
export function readDevFlags(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): DevFlags {
  const { values, positionals } = parse(args);
  const [entry = '', ...more] = positionals;
  if (!values.help && entry === '') throw new UsageError('no server file given: mcp-kit dev server.ts');
  if (more.length > 0) throw new UsageError(`one server file at a time, got ${positionals.join(', ')}`);
  const portFrom = values.port === undefined && env.PORT ? 'PORT' : '--port';
  const text = values.port ?? (env.PORT || '3000');
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new UsageError(`${portFrom} must be 1 to 65535, got ${JSON.stringify(text)}`);
  }
  if (!SERVER_NAME_PATTERN.test(values.name)) {
    throw new UsageError(`--name must be letters, digits, ".", "-" or single "_", got ${JSON.stringify(values.name)}`);
  }
  if (values.memory && values.store !== undefined) throw new UsageError('give either --memory or --store URL');
  const { help, name, memory, store } = values;
  return { help, entry, port, portFrom, host: env.HOST || '127.0.0.1', name, memory, store };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        name: { type: 'string', default: 'dev' },
        memory: { type: 'boolean', default: false },
        store: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message} (mcp-kit dev --help)`);
  }
}
