import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { CACHE, ROOT } from './paths.ts';

/** Account and region of the local cloud. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/** Keys that no AWS account has; every client of the local cloud uses them explicitly. */
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** What a program needs to run at all. Everything else of the shell stays outside, above all its AWS account. */
const HARMLESS = ['LANG', 'LC_ALL', 'TZ', 'TERM', 'CI', 'NO_COLOR', 'SystemRoot', 'ComSpec', 'PATHEXT', 'windir'];

/**
 * The environment of everything that talks to the local cloud: built from nothing, so that no profile, session, role,
 * proxy, `NODE_OPTIONS` or configuration file of the shell can lead a deployment to a real account.
 */
export function ownEnvironment(endpoint?: string): Record<string, string> {
  const home = join(CACHE, 'home');
  mkdirSync(home, { recursive: true });
  const inherited = HARMLESS.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return {
    ...(Object.fromEntries(inherited) as Record<string, string>),
    PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
    HOME: home,
    USERPROFILE: home,
    CDK_HOME: join(CACHE, 'cdk'),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    ...(endpoint !== undefined && { AWS_ENDPOINT_URL: endpoint }),
  };
}
