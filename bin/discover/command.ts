import { UsageError } from '../usage-error.ts';
import { awsCli } from './cli.ts';
import type { Clients, Connect } from './clients.ts';
import { connect as connectToAws } from './clients.ts';
import type { Discovery } from './discovery.ts';
import { discoverStores, isIncomplete } from './discovery.ts';
import { fatalFault, regionFault } from './faults.ts';
import type { Role } from './finding.ts';
import { ROLES, verdictFor } from './finding.ts';
import { DISCOVER_HELP, readDiscoverFlags, readRegion } from './flags.ts';
import { Look } from './look.ts';
import { hasProfile } from './profile.ts';
import { report, reportJson } from './report.ts';

/** What the command is given: the process, or a test. */
export interface Surroundings {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const NOTHING_CAN_SERVE = 1;
const INCOMPLETE = 3;

/**
 * `mcp-kit discover`: tells on stdout what an account and region have, and on stderr what it is doing.
 *
 * @returns the exit code
 * @throws {UsageError} on bad input, without a region, and without credentials that AWS takes
 */
export async function discover(
  args: readonly string[],
  { stdout, stderr, env }: Surroundings,
  connect: Connect = connectToAws,
): Promise<number> {
  const flags = readDiscoverFlags(args);
  if (flags.help) {
    stdout.write(DISCOVER_HELP);
    return 0;
  }
  const region = flags.region ?? regionOf(env);
  const signal = AbortSignal.timeout(flags.timeout * 1000);
  const clients = await connect({ region, profile: flags.profile });
  try {
    const place = await signIn(clients, { profile: flags.profile ?? env.AWS_PROFILE, env, signal });
    const say = (line: string): void => void stderr.write(`${line}\n`);
    say(`listing tables and caches in ${place} …`);
    const look = new Look({ region: place, limit: flags.limit, timeout: flags.timeout }, signal);
    const found = await discoverStores(clients, look, { cli: awsCli(place, flags.profile), say });
    const roles: readonly Role[] = flags.role ? [flags.role] : ROLES;
    stdout.write(flags.json ? reportJson(found, roles) : report(found, { roles, all: flags.all, limit: flags.limit }));
    return exitCode(found, roles);
  } finally {
    clients.dynamodb.destroy();
    clients.elasticache.destroy();
  }
}

/** The order of the AWS command line; the SDK itself knows only the first of the two. */
function regionOf({ AWS_REGION, AWS_DEFAULT_REGION }: Surroundings['env']): string | undefined {
  return (
    readRegion('AWS_REGION', AWS_REGION || undefined) ??
    readRegion('AWS_DEFAULT_REGION', AWS_DEFAULT_REGION || undefined)
  );
}

/** Before anything is asked, so that what is missing is told once, and not for each call. */
async function signIn(
  { dynamodb }: Clients,
  { profile, env, signal }: Pick<Surroundings, 'env'> & { readonly profile?: string; readonly signal: AbortSignal },
): Promise<string> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(
        new UsageError('the credentials did not come in time: look at the credential_process or SSO of the profile'),
      );
    });
  });
  stopped.catch(() => undefined);
  try {
    const region = await dynamodb.config.region();
    await Promise.race([dynamodb.config.credentials(), stopped]);
    return region;
  } catch (error) {
    const fault = fatalFault(error, 'given') ?? regionFault(error) ?? error;
    if (!profile || !(fault instanceof UsageError)) throw fault;
    if (!hasProfile(profile, env)) {
      throw new UsageError(
        `the profile ${JSON.stringify(profile)} is not in the AWS configuration: aws configure list-profiles tells those that are`,
      );
    }
    throw new UsageError(`with the profile ${JSON.stringify(profile)}: ${fault.message}`);
  }
}

function exitCode(found: Discovery, roles: readonly Role[]): number {
  if (found.findings.some((finding) => roles.some((role) => verdictFor(finding, role) === 'ready'))) return 0;
  return isIncomplete(found) ? INCOMPLETE : NOTHING_CAN_SERVE;
}
