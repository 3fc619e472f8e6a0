import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { createHash } from 'node:crypto';

/** Characters of a name of ElastiCache. */
const MAX_NAME = 40;
const HASH_LENGTH = 8;
const NAME = /^[a-z](?!.*--)[a-z0-9-]{0,39}(?<!-)$/;

/** A name for what has no generated one, the same at each deployment: lower-case letters, digits and hyphens. */
export function generatedName(construct: IConstruct): string {
  return join(construct.node.path, JSON.stringify([Stack.of(construct).stackName, construct.node.path]));
}

/**
 * The user of one server in one cache. Users belong to the account and the region, so the name says which cache, too.
 */
export function userIdOf(cache: IConstruct, serverName: string): string {
  return join(serverName, JSON.stringify([Stack.of(cache).stackName, cache.node.path, serverName]));
}

/** @throws Error when the name is known, and ElastiCache would refuse it */
export function checkCacheName(name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name) || NAME.test(name)) return;
  throw new Error(
    `cacheName must be 1 to ${MAX_NAME} lower-case letters, digits and single hyphens, beginning with a letter and not ` +
      `ending with a hyphen, got ${JSON.stringify(name)}: leave it out to have one generated`,
  );
}

function join(readable: string, unique: string): string {
  const hash = createHash('sha256').update(unique).digest('hex').slice(0, HASH_LENGTH);
  const slug = readable
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_NAME - HASH_LENGTH - 1)
    .replaceAll(/^[^a-z]+|-+$/g, '');
  return `${slug === '' ? 'mcp' : slug}-${hash}`;
}
