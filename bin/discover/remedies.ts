import type { Cli } from './cli.ts';

/** Makes the user that a server signs in as. Its keys are for the namespace of one server, which is put in place of NAME. */
export function createUser(engine: string, cli: Cli): string {
  return cli(
    `elasticache create-user --user-id mcp --user-name mcp --engine ${engine} --authentication-mode Type=iam ` +
      `--access-string 'on ~NAME__* -@all +@read +@write +@connection +@scripting'`,
  );
}

export function addUser(groupId: string, cli: Cli): string {
  return cli(`elasticache modify-user-group --user-group-id ${groupId} --user-ids-to-add mcp`);
}
