#!/usr/bin/env node
import { choose } from './choose/command.ts';
import { dev } from './dev/command.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Usage: mcp-kit <command> [options]

Commands
  choose   which storage backend suits a server, why, and what it costs
  dev      serves a server file on this machine

mcp-kit <command> --help tells the options of a command.
`;

/** Bad input is 2, as with other command lines, so that scripts can tell it from an answer. */
const BAD_USAGE = 2;

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === undefined) throw new UsageError('no command given: try "mcp-kit choose" or "mcp-kit dev"');
  if (command === '--help' || command === '-h' || command === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (command === 'choose') return choose(args, process);
  if (command === 'dev') return dev(args, process.stdout);
  throw new UsageError(`unknown command ${JSON.stringify(command)}: use choose, dev, or --help`);
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
