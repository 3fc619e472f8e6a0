import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** A secret cannot be read. The message names the secret and the fault, never what the secret holds. */
export class SecretError extends Error {
  /** What is wrong, to be told after the name of the secret. */
  readonly problem: string;
  /** Whether the same call may succeed later: the service failed, rather than a name or a permission. */
  readonly retryable: boolean;
  constructor(arn: string, problem: string, retryable = false) {
    super(`Secret ${arn}: ${problem}`);
    this.name = 'SecretError';
    this.problem = problem;
    this.retryable = retryable;
  }
}

/** Fetches the text of a secret. */
export interface SecretSource {
  /** @throws {SecretError} when the secret cannot be read */
  fetch(): Promise<string>;
}

/**
 * Reads one secret from Secrets Manager. The AWS client is loaded at the first read: it costs a cold start more than all
 * the rest of the kit, and most requests need no key.
 *
 * @param timeoutMs for one read with all its retries
 */
export function secretsManagerSource(arn: string, timeoutMs: number): SecretSource {
  let client: SecretsManagerClient | undefined;
  return {
    async fetch() {
      const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
      client ??= new SecretsManagerClient({
        region: arn.split(':')[3], // the secret may be in another region than the server
        maxAttempts: 3,
        requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
      });
      let text: string | undefined;
      try {
        const abortSignal = AbortSignal.timeout(timeoutMs);
        const answer = client.send(new GetSecretValueCommand({ SecretId: arn }), { abortSignal });
        text = (await Promise.race([answer, aborted(abortSignal)])).SecretString;
      } catch (error) {
        throw readError(arn, error);
      }
      if (text === undefined) throw new SecretError(arn, 'holds binary data; store text');
      return text;
    },
  };
}

/** The SDK passes the signal to its requests only; finding credentials may hang as well. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

/** Nothing of the SDK's error but its name: the raw answer hangs on some of them, and with it the secret. */
function readError(arn: string, error: unknown): SecretError {
  const name = error instanceof Error ? error.name : 'unknown failure';
  switch (name) {
    case 'ResourceNotFoundException':
      return new SecretError(arn, 'does not exist; check its ARN');
    case 'AccessDeniedException':
      return new SecretError(arn, 'may not be read: allow secretsmanager:GetSecretValue, and kms:Decrypt on its key');
    case 'DecryptionFailure':
      return new SecretError(
        arn,
        'cannot be decrypted: allow kms:Decrypt on its key, and check that the key is enabled',
      );
    default:
      return new SecretError(arn, `could not be read (${name})`, true);
  }
}
