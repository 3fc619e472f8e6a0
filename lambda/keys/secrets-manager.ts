import { SecretError, secretsManagerSource } from './fetch-secret.ts';
import type { SecretSource } from './fetch-secret.ts';
import type { KeyRing } from './key-ring.ts';
import { RefreshingValue } from './refreshing-value.ts';
import { KeyRingError, parseRing } from './ring-document.ts';
import type { RingDocument } from './ring-document.ts';

/** Options of `secretsManagerKeyRing`. The defaults are for production. */
export interface SecretsManagerKeyRingOptions {
  /**
   * Milliseconds for one read of the secret, retries included.
   *
   * @default - 5000
   */
  readonly timeoutMs?: number;
  /**
   * Where the secret's text comes from.
   *
   * @default - Secrets Manager, in the region of the ARN
   */
  readonly source?: SecretSource;
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default - `Date.now`
   */
  readonly now?: () => number;
  /**
   * Told when the secret could not be read, also when keys read before still serve.
   *
   * @default - `console.warn`
   */
  readonly warn?: (problem: string) => void;
}

const MINUTE = 60_000;

/**
 * The key ring in a secret of Secrets Manager. Read at the first use; five minutes old it is read again behind the
 * callers' backs, and while Secrets Manager is down the keys that are there serve for a day. Without any it fails closed.
 */
export function secretsManagerKeyRing(arn: string, options: SecretsManagerKeyRingOptions = {}): KeyRing {
  const { source = secretsManagerSource(arn, options.timeoutMs ?? 5_000), warn = console.warn } = options;
  const ring = new RefreshingValue<RingDocument>({
    load: async () => parseRing(await fetchText(source, arn), arn),
    freshMs: 5 * MINUTE,
    // A rotation publishes a key longer than this before anybody uses it: see docs/keys.md.
    lazyMs: 15 * MINUTE,
    staleMs: 24 * 60 * MINUTE,
    retryMs: 30_000,
    coldRetryMs: 1_000,
    now: options.now,
    onError: (error) => {
      warn(error instanceof KeyRingError ? error.message : `Key ring ${arn}: could not be read`);
    },
  });
  return {
    async keys(purpose) {
      const keys = (await ring.get())[purpose];
      if (!keys) throw new KeyRingError(arn, `has no keys for "${purpose}"; add a list of that name`);
      return keys.map(({ key }) => key.slice());
    },
  };
}

async function fetchText(source: SecretSource, arn: string): Promise<string> {
  try {
    return await source.fetch();
  } catch (error) {
    if (error instanceof SecretError) throw new KeyRingError(arn, error.problem, error.retryable);
    throw error;
  }
}
