import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { KeyRingError } from './ring-document.ts';

/** Fetches the text of a secret. */
export interface SecretSource {
  /** @throws {KeyRingError} when the secret cannot be read */
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
      if (text === undefined) throw new KeyRingError(arn, 'holds binary data; store the ring as text');
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
function readError(arn: string, error: unknown): KeyRingError {
  const name = error instanceof Error ? error.name : 'unknown failure';
  switch (name) {
    case 'ResourceNotFoundException':
      return new KeyRingError(arn, 'does not exist; check MCP_KEYS_SECRET');
    case 'AccessDeniedException':
      return new KeyRingError(arn, 'may not be read: allow secretsmanager:GetSecretValue, and kms:Decrypt on its key');
    case 'DecryptionFailure':
      return new KeyRingError(
        arn,
        'cannot be decrypted: allow kms:Decrypt on its key, and check that the key is enabled',
      );
    default:
      return new KeyRingError(arn, `could not be read (${name})`, true);
  }
}
