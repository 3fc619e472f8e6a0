import { parseArgs } from 'node:util';

import { SERVER_NAME_PATTERN } from '../../lambda/wiring.ts';
import { UsageError } from '../usage-error.ts';

export const DEV_HELP = `Usage: mcp-kit dev ENTRY [options]

Serves a file with "export default serve(…)" on this machine: the Node host, on loopback, without authentication.

  --port N     port to listen on (3000)
  --name NAME  name of the server: its namespace in the store (dev)
  --memory     store in memory instead of on disk
  --store URL  store there instead, as MCP_STORE_URL of a deployment: redis://localhost, file:///srv/mcp, …
  --help

The bundle and what the server stores are in .mcp-kit/NAME/ of the current folder; stored entries survive a restart.
Stores of other machines, and those of AWS with the credentials of this shell, are reached as from a deployment.
`;

/** What was asked of `mcp-kit dev`. */
export interface DevFlags {
  readonly help: boolean;
  readonly entry: string;
  readonly port: number;
  readonly name: string;
  readonly memory: boolean;
  /** URL of a store; undefined: the folder of the server. */
  readonly store?: string;
}

/** @throws {UsageError} that names what is wrong. The name becomes a folder: nothing is touched before it was checked */
export function readDevFlags(args: readonly string[]): DevFlags {
  const { values, positionals } = parse(args);
  const [entry = '', ...more] = positionals;
  if (!values.help && entry === '') throw new UsageError('no server file given: mcp-kit dev server.ts');
  if (more.length > 0) throw new UsageError(`one server file at a time, got ${positionals.join(', ')}`);
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port < 1 || port > 65_535) {
    throw new UsageError(`--port must be 1 to 65535, got ${JSON.stringify(values.port)}`);
  }
  if (!SERVER_NAME_PATTERN.test(values.name)) {
    throw new UsageError(`--name must be letters, digits, ".", "-" or single "_", got ${JSON.stringify(values.name)}`);
  }
  if (values.memory && values.store !== undefined) throw new UsageError('give either --memory or --store URL');
  return { help: values.help, entry, port, name: values.name, memory: values.memory, store: values.store };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string', default: '3000' },
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
