import { chooseBackend } from '../../lib/backend/choose-backend.ts';
import type { Choice } from '../../lib/backend/choose-backend.ts';
import { WorkloadError } from '../../lib/backend/facts.ts';
import type { Workload } from '../../lib/backend/workload.ts';
import { UsageError } from '../usage-error.ts';
import { CHOOSE_HELP, readFlags } from './flags.ts';
import { askWorkload, Interrupted } from './questions.ts';
import { report, reportJson } from './report.ts';

/** Where a command reads and writes: the process, or a test. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

const NOTHING_SUITS = 1;
const INTERRUPTED = 130;

/**
 * `mcp-kit choose`: asks on a terminal when nothing was given, and answers on stdout. Questions go to stderr, so that the
 * answer can be piped.
 *
 * @returns the exit code
 * @throws {UsageError} on bad input
 */
export async function choose(args: readonly string[], { stdin, stdout, stderr }: Streams): Promise<number> {
  const { help, json, workload } = readFlags(args);
  if (help) {
    stdout.write(CHOOSE_HELP);
    return 0;
  }
  try {
    const asks = stdin.isTTY === true && args.length === 0;
    const choice = decide(asks ? await askWorkload(stdin, stderr) : workload);
    stdout.write(json ? reportJson(choice) : report(choice));
    return choice.ranking.length === 0 ? NOTHING_SUITS : 0;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    stderr.write('\n');
    return INTERRUPTED;
  }
}

function decide(workload: Workload): Choice {
  try {
    return chooseBackend(workload);
  } catch (error) {
    if (error instanceof WorkloadError) throw new UsageError(`${flagOf(error.field)}: ${error.message}`);
    throw error;
  }
}

function flagOf(field: string): string {
  return `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
