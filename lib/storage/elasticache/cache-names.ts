import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { createHash } from 'node:crypto';

/** Characters of a name of ElastiCache. */
const MAX_NAME = 40;
const HASH_LENGTH = 8;
const NAME = /^[a-z](?!.*--)[a-z0-9-]{0,39}(?<!-)$/;

/** A name for what has no generated one, the same at each deployment: lower-case letters, digits and hyphens. */
export function generatedName(construct: IConstruct): string {
  return join(construct.node.path, JSON.stringify(placeOf(construct)));
}

/**
 * The user of one server in one cache. Users belong to the account and the region, so the name says which cache, too.
 */
export function userIdOf(cache: IConstruct, serverName: string): string {
  return join(serverName, JSON.stringify([...placeOf(cache), serverName]));
}

/** @throws Error when the name is known, and ElastiCache would refuse it */
export function checkCacheName(name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name) || NAME.test(name)) return;
  throw new Error(
    `cacheName must be 1 to ${MAX_NAME} lower-case letters, digits and single hyphens, beginning with a letter and not ` +
      `ending with a hyphen, got ${JSON.stringify(name)}: leave it out to have one generated`,
  );
}

/** The last snapshot of a cache, made when it is deleted. */
export function finalSnapshotOf(cacheName: string): string {
  const suffix = '-final';
  return `${cacheName.slice(0, MAX_NAME - suffix.length).replace(/-+$/, '')}${suffix}`;
}

/** What tells a construct from those of other stacks and applications. The name of a nested stack is known at deployment only. */
function placeOf(construct: IConstruct): string[] {
  let stack = Stack.of(construct);
  while (stack.nestedStackParent) stack = stack.nestedStackParent;
  return [stack.stackName, construct.node.path];
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
