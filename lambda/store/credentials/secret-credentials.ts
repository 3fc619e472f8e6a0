import { SecretError, type SecretSource, secretsManagerSource } from '../../keys/fetch-secret.ts';
import { RefreshingValue } from '../../keys/refreshing-value.ts';
import { StoreAccessError, StoreUnavailableError } from '../errors.ts';
import type { CredentialsSource, StoreCredentials } from './store-credentials.ts';

export interface SecretCredentialsProps {
  /**
   * Milliseconds for one read of the secret, retries included.
   *
   * @default 5000
   */
  readonly timeoutMs?: number;
  /**
   * Where the secret's text comes from.
   *
   * @default - Secrets Manager, in the region of the ARN
   */
  readonly source?: SecretSource;
  /**
   * The present, in milliseconds since 1970.
   *
   * @default - the system clock
   */
  readonly now?: () => number;
}

const MINUTE = 60_000;

/**
 * Credentials in a secret of Secrets Manager: JSON with `username` and `password`, as its rotation functions write it, or
 * with `apiKey`; any other text is a password. Read at the first use; later when they are five minutes old, or when the
 * server refuses them.
 */
export function secretCredentials(arn: string, props: SecretCredentialsProps = {}): CredentialsSource {
  const source = props.source ?? secretsManagerSource(arn, props.timeoutMs ?? 5_000);
  const held = new RefreshingValue<StoreCredentials>({
    load: async () => read(await fetchText(source, arn), arn),
    freshMs: 5 * MINUTE,
    lazyMs: 15 * MINUTE,
    staleMs: 24 * 60 * MINUTE,
    // A refused password is looked up again at once, but a server that refuses every one must not make us hammer AWS.
    retryMs: 2_000,
    now: props.now,
  });
  return {
    get: () => held.get(),
    renew: async (seen) => {
      const next = await held.renew(seen);
      return next && isSame(next, seen) ? undefined : next;
    },
  };
}

async function fetchText(source: SecretSource, arn: string): Promise<string> {
  try {
    return await source.fetch();
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    if (error.retryable) throw new StoreUnavailableError(`credentials in ${arn}: ${error.problem}`);
    throw new StoreAccessError(`credentials in ${arn}: ${error.problem}`);
  }
}

function read(text: string, arn: string): StoreCredentials {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { password: text.trim() };
  }
  if (typeof document !== 'object' || document === null) return { password: text.trim() };
  const { username, password, apiKey } = document as Record<string, unknown>;
  const credentials = { ...texts({ username, password, apiKey }) };
  if (credentials.password === undefined && credentials.apiKey === undefined) {
    throw new StoreAccessError(`credentials in ${arn}: the JSON has neither a "password" nor an "apiKey" that is text`);
  }
  return credentials;
}

function texts(members: Readonly<Record<string, unknown>>): StoreCredentials {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value === 'string' && value !== ''));
}

function isSame(a: StoreCredentials, b: StoreCredentials): boolean {
  return a.username === b.username && a.password === b.password && a.apiKey === b.apiKey;
}
