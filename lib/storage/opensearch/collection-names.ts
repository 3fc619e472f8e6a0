import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { createHash } from 'node:crypto';

/** Characters of a name of OpenSearch Serverless: of a collection, a policy, an endpoint. */
const MAX_NAME = 32;
const HASH_LENGTH = 8;
const NAME = /^[a-z][a-z0-9-]{2,31}$/;

/** A name for what has no generated one, the same at each deployment. */
export function serverlessName(construct: IConstruct, purpose = ''): string {
  const { path } = construct.node;
  const unique = createHash('sha256').update(JSON.stringify([Stack.of(construct).stackName, path, purpose]));
  const slug = path
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+/g, '')
    .slice(0, MAX_NAME - HASH_LENGTH - 1)
    .replaceAll(/-+$/g, '');
  return `${slug === '' ? 'mcp' : slug}-${unique.digest('hex').slice(0, HASH_LENGTH)}`;
}

/** @throws Error when the name is known, and OpenSearch Serverless would refuse it */
export function checkCollectionName(name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name) || NAME.test(name)) return;
  throw new Error(
    `collectionName must be 3 to ${MAX_NAME} lower-case letters, digits and hyphens, a letter first, got ` +
      `${JSON.stringify(name)}: leave it out to have one generated`,
  );
}
