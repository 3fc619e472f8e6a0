import type { CredentialsSource, StoreCredentials } from '../credentials/store-credentials.ts';
import { StoreAccessError, StoreRejectedError } from '../errors.ts';
import type { Login } from './connection.ts';
import type { AwsCredentials } from './iam-token.ts';
import type { RedisAuth } from './url.ts';

/** ElastiCache ends a connection twelve hours after it has proved itself. */
const RENEW_AFTER = 6 * 60 * 60_000;

/** A user whose password is in a secret. The user of the URL goes before that of the secret. */
export function secretLogin(source: CredentialsSource, username: string | undefined): Login {
  let seen: StoreCredentials | undefined;
  return {
    credentials: async () => {
      seen = await source.get();
      const { password } = seen;
      if (password === undefined) throw new StoreAccessError('the secret of a Redis user has a "password"');
      return { username: username ?? seen.username, password };
    },
    renew: async () => seen !== undefined && (await source.renew(seen)) !== undefined,
  };
}

/** A user of ElastiCache with IAM: every connection gets a token of its own, and a new one before twelve hours are over. */
export function iamLogin(
  auth: Extract<RedisAuth, { kind: 'iam' }>,
  credentials?: AwsCredentials,
  renewAfterMs: number = RENEW_AFTER,
): Login {
  let provider = credentials;
  return {
    renewAfterMs,
    credentials: async () => {
      const { username, cache, serverless } = auth;
      const region = auth.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
      if (region === undefined) throw new StoreRejectedError('auth=iam needs a region: add region= or set AWS_REGION');
      const { iamToken } = await import('./iam-token.ts');
      provider ??= (await import('@aws-sdk/credential-provider-node')).defaultProvider();
      try {
        const token = await iamToken({ username, cache, serverless, region, credentials: provider });
        return { username, password: token };
      } catch (error) {
        const name = error instanceof Error ? error.name : 'unknown failure';
        throw new StoreAccessError(`no credentials of AWS to sign a token with (${name}): give the process a role`);
      }
    },
    renew: () => Promise.resolve(false),
  };
}
