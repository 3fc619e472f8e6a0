import { parseArgs } from 'node:util';

import { UsageError } from '../usage-error.ts';
import type { Role } from './finding.ts';
import { ROLES } from './finding.ts';

/** What was asked of `mcp-kit discover`. */
export interface DiscoverFlags {
  readonly help: boolean;
  readonly json: boolean;
  /** Also the names of tables with other keys. */
  readonly all: boolean;
  readonly region?: string;
  readonly profile?: string;
  /** What the store is for; both when not given. */
  readonly role?: Role;
  /** Resources looked at, for each kind. */
  readonly limit: number;
  /** Seconds until it stops and tells what it has. */
  readonly timeout: number;
}

export const DISCOVER_HELP = `Usage: mcp-kit discover [options]

Looks at the DynamoDB tables and ElastiCache caches of an AWS account and region: which can serve as storage, what
the others lack, and the line of CDK to paste. It only reads, and changes nothing.

  --region NAME       (AWS_REGION, AWS_DEFAULT_REGION, or that of the profile)
  --profile NAME      profile of the AWS configuration (AWS_PROFILE)
  --role cache|oauth  what is to be stored (both)
  --limit N           resources looked at, for each kind: 1 to 10000 (100)
  --timeout N         seconds until it stops and tells what it has: 1 to 600 (60)
  --all               name the tables with other keys, too
  --json              for scripts
  --help

Exit codes: 0 something can serve, 1 nothing can, 2 bad input, no region or no valid credentials, 3 nothing was found
that can serve, but not everything was looked at.
`;

const OPTIONS = {
  region: { type: 'string' },
  profile: { type: 'string' },
  role: { type: 'string' },
  limit: { type: 'string', default: '100' },
  timeout: { type: 'string', default: '60' },
  all: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** The shape of a region's name; whether it exists, only its address tells. */
const REGION = /^[a-z]+(?:-[a-z]+)+-\d{1,2}$/;
const MAX_RESOURCES = 10_000;
const MAX_SECONDS = 600;

/** @throws {UsageError} that names what is wrong */
export function readDiscoverFlags(args: readonly string[]): DiscoverFlags {
  const values = parse(args);
  return {
    help: values.help,
    json: values.json,
    all: values.all,
    region: readRegion('--region', values.region),
    profile: readProfile(values.profile),
    role: readRole(values.role),
    limit: readCount('--limit', values.limit, MAX_RESOURCES),
    timeout: readCount('--timeout', values.timeout, MAX_SECONDS),
  };
}

/** @throws {UsageError} when it cannot be the name of a region */
export function readRegion(from: string, region: string | undefined): string | undefined {
  if (region === undefined || REGION.test(region)) return region;
  throw new UsageError(`${from} must be a region such as eu-west-1, got ${JSON.stringify(region)}`);
}

function readProfile(profile: string | undefined): string | undefined {
  if (profile === '') throw new UsageError('--profile must name a profile of the AWS configuration, got ""');
  return profile;
}

function readRole(role: string | undefined): Role | undefined {
  const known = ROLES.find((name) => name === role);
  if (role === undefined || known) return known;
  throw new UsageError(`--role must be ${ROLES.join(' or ')}, got ${JSON.stringify(role)}`);
}

function readCount(name: string, text: string, max: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= max) return count;
  throw new UsageError(`${name} must be a whole number from 1 to ${max}, got ${JSON.stringify(text)}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [problem] = error.message.split(/\. (?=To specify)|\n/);
    throw new UsageError(`${problem ?? ''}: see "mcp-kit discover --help"`);
  }
}
