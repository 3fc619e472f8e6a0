import { parseArgs } from 'node:util';

import type { Workload } from '../../lib/backend/workload.ts';
import { UsageError } from '../usage-error.ts';

/** What was asked for on the command line. */
export interface ChooseFlags {
  readonly help: boolean;
  readonly json: boolean;
  /** Only what was given. */
  readonly workload: Workload;
}

export const CHOOSE_HELP = `Usage: mcp-kit choose [options]

Ranks the storage backends of FastMCP's guide for a server, with reasons, refusals and monthly cost.
Without options on a terminal, it asks. Otherwise what is not given is assumed.

  --environment development|production     (production)
  --platform machine|fargate|lambda|cloud  where it runs (cloud: not decided yet)
  --servers N|single|multi                 instances at once (1; on Lambda several)
  --role cache|oauth                       what is stored (cache)
  --[no-]persistence                       must outlive the process (only OAuth state in production)
  --existing NAME[,NAME…]                  backends that you have already, opensearch too (on AWS: mcp-kit discover)
  --requests-per-second N                  that use the storage, on average (1)
  --hit-ratio N                            share that the cache answers, 0 to 1 (0.8)
  --item-size-kb N                         size of an entry (4)
  --latency-ms N                           longest acceptable read (any)
  --[no-]internet                          the server calls the internet (no)
  --[no-]allow-lost-writes                 OAuth state may be lost in a failover (no)
  --json                                   for scripts
  --help

Exit codes: 0 an answer, 1 nothing can serve this workload, 2 bad input, 130 interrupted.
`;

const OPTIONS = {
  environment: { type: 'string' },
  platform: { type: 'string' },
  servers: { type: 'string' },
  role: { type: 'string' },
  persistence: { type: 'boolean' },
  existing: { type: 'string', multiple: true },
  'requests-per-second': { type: 'string' },
  'hit-ratio': { type: 'string' },
  'item-size-kb': { type: 'string' },
  'latency-ms': { type: 'string' },
  internet: { type: 'boolean' },
  'allow-lost-writes': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws {UsageError} when an option is unknown, lacks its value, or is not a number where one is needed */
export function readFlags(args: readonly string[]): ChooseFlags {
  const values = parse(args);
  const workload = {
    environment: values.environment,
    platform: values.platform,
    servers: readServers(values.servers),
    role: values.role,
    persistence: values.persistence,
    existing: values.existing?.flatMap(readNames),
    requestsPerSecond: readNumber('--requests-per-second', values['requests-per-second']),
    hitRatio: readNumber('--hit-ratio', values['hit-ratio']),
    itemSizeKb: readNumber('--item-size-kb', values['item-size-kb']),
    latencyMs: readNumber('--latency-ms', values['latency-ms']),
    internet: values.internet,
    allowLostWrites: values['allow-lost-writes'],
  } satisfies { [Field in keyof Required<Workload>]: Workload[Field] };
  const given = Object.entries(workload).filter(([, value]) => value !== undefined);
  return { help: values.help ?? false, json: values.json ?? false, workload: Object.fromEntries(given) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: withNegativeNumbers(args), options: OPTIONS, allowNegative: true }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [, option] = /^Option '(?:-\w, )?(--[\w-]+)[^']*' argument is ambiguous/.exec(error.message) ?? [];
    if (option !== undefined) {
      throw new UsageError(`${option} needs a value; one that begins with a dash is written ${option}=-…`);
    }
    const [problem] = error.message.split(/\. (?=To specify)|\n/);
    throw new UsageError(`${problem ?? ''}: see "mcp-kit choose --help"`);
  }
}

/** `--hit-ratio -1` is a number that is out of range, and not an option that nobody knows. */
function withNegativeNumbers(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const name = /^--([\w-]+)$/.exec(joined.at(-1) ?? '')?.[1] ?? '';
    const taken = Object.hasOwn(OPTIONS, name) && OPTIONS[name as keyof typeof OPTIONS].type === 'string';
    if (taken && /^-[\d.]/.test(arg)) joined.push(`${joined.pop()}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

/** What is not a number is left as it is: the workload's own check names it. */
export function readServers(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

export function readNames(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** @throws {UsageError} when the text is not a number */
export function readNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text.trim())) return Number(text);
  throw new UsageError(`${name} must be a number such as 1.5, got ${JSON.stringify(text)}`);
}
