#!/usr/bin/env node
import { createRequire } from 'node:module';

import { choose } from './choose/command.ts';
import { dev } from './dev/command.ts';
import { discover } from './discover/command.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Usage: mcp-kit <command> [options]

Commands
  choose    which storage backend suits a server, why, and what it costs
  dev       serves a server file on this machine
  discover  which tables and caches of an AWS account can serve, and what they lack

mcp-kit <command> --help tells the options of a command, mcp-kit --version the version.
`;

/** Bad input is 2, as with other command lines, so that scripts can tell it from an answer. */
const BAD_USAGE = 2;
/** For what is still open after the answer: connections that close, output on its way. */
const GRACE_MS = 500;

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === undefined)
    throw new UsageError('no command given: try "mcp-kit choose", "mcp-kit dev" or "mcp-kit discover"');
  if (command === '--help' || command === '-h' || command === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (command === '--version' || command === '-v') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (command === 'choose') return choose(args, process);
  if (command === 'dev') return dev(args, process.stdout);
  if (command === 'discover') return discoverAndEnd(args);
  throw new UsageError(`unknown command ${JSON.stringify(command)}: use choose, dev, discover, or --help`);
}

/** Of this package, by its own name: the file is elsewhere when it is published. */
function version(): string {
  return (createRequire(__filename)('cdk-mcp-kit/package.json') as { readonly version: string }).version;
}

/** A credential process or a connection that hangs must not keep the process after its answer. */
async function discoverAndEnd(args: readonly string[]): Promise<number> {
  try {
    return await discover(args, process);
  } finally {
    setTimeout(() => process.exit(), GRACE_MS).unref();
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`mcp-kit: ${error.message}\n`);
    process.exitCode = BAD_USAGE;
  },
);
