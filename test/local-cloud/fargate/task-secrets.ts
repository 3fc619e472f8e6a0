import { CREDENTIALS, REGION } from '../environment.ts';
import type { TaskDefinition } from './task-definition.ts';

/**
 * Fetches what a task definition has in `secrets`, as ECS does before it starts a container.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
 * @throws Error in the words of ECS when one cannot be had; it names the variable and never a value
 */
export async function fetchSecrets(endpoint: string, { secrets }: TaskDefinition): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const { name, from } of secrets) {
    try {
      values[name] = /^arn:[^:]+:secretsmanager:/.test(from)
        ? await secret(endpoint, from)
        : await parameter(endpoint, from);
    } catch (error) {
      throw new Error(
        `ResourceInitializationError: unable to pull secrets: variable ${name}, from ${from}: ${(error as Error).message}`,
      );
    }
  }
  return values;
}

/** `arn:aws:secretsmanager:region:account:secret:name:json-key:version-stage:version-id`, the last three may be empty. */
async function secret(endpoint: string, from: string): Promise<string> {
  const [jsonKey, stage, version] = from.split(':').slice(7);
  const { SecretString: text = '' } = await call<{ SecretString?: string }>(endpoint, 'secretsmanager.GetSecretValue', {
    SecretId: from.split(':').slice(0, 7).join(':'),
    ...(stage && { VersionStage: stage }),
    ...(version && { VersionId: version }),
  });
  if (!jsonKey) return text;
  const value = (JSON.parse(text) as Record<string, unknown>)[jsonKey];
  if (value === undefined) throw new Error(`the secret has no key "${jsonKey}"`);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function parameter(endpoint: string, from: string): Promise<string> {
  const Name = from.startsWith('arn:') ? from.replace(/^.*:parameter/, '') : from;
  const answer = await call<{ Parameter: { Value: string } }>(endpoint, 'AmazonSSM.GetParameter', {
    Name,
    WithDecryption: true,
  });
  return answer.Parameter.Value;
}

async function call<T>(endpoint: string, target: string, body: object): Promise<T> {
  const service = target.startsWith('AmazonSSM') ? 'ssm' : 'secretsmanager';
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      // The emulator reads account and region of it; it checks no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}
