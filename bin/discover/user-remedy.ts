import { REDIS_COMMANDS } from '../../lambda/store/redis/commands.ts';
import type { Cli } from './cli.ts';

/** Steps that give a cache a user which signs in with IAM. */
export interface UserRemedy {
  /** For a cache with a user group. */
  readonly into: (groupId: string) => string[];
  /** For a cache without one. */
  readonly withGroup: () => string[];
}

/** The user and the group that the steps make. */
const NAME = 'mcp';
const COMMANDS = REDIS_COMMANDS.map((command) => `+${command}`).join(' ');

/**
 * The user has the keys of one namespace, which is put in place of NAME, and the commands of the adapter.
 *
 * @param attach gives the cache a user group
 */
export function userRemedy(engine: string, attach: (groupId: string) => string, cli: Cli): UserRemedy {
  const user = cli(
    `elasticache create-user --user-id ${NAME} --user-name ${NAME} --engine ${engine} --authentication-mode Type=iam ` +
      `--access-string 'on ~NAME__* -@all ${COMMANDS}'`,
  );
  // A group for Redis OSS must have a user named default, which lets everybody in unless it is one that is off.
  const redis = engine === 'redis';
  const off = cli(
    `elasticache create-user --user-id ${NAME}-default --user-name default --engine redis --no-password-required ` +
      "--access-string 'off -@all'",
  );
  return {
    into: (groupId) => [
      user,
      cli(`elasticache modify-user-group --user-group-id ${groupId} --user-ids-to-add ${NAME}`),
    ],
    withGroup: () => [
      user,
      ...(redis ? [off] : []),
      cli(
        `elasticache create-user-group --user-group-id ${NAME} --engine ${engine} ` +
          `--user-ids ${redis ? `${NAME}-default ` : ''}${NAME}`,
      ),
      attach(NAME),
    ],
  };
}
