import type { ServerlessCache, User } from '@aws-sdk/client-elasticache';

import { iamAccess } from './access.ts';
import { serverlessCode, serverlessMemcachedCode } from './cache-code.ts';
import type { Cli } from './cli.ts';
import { engineTitle, isMemcached, MEMCACHED_LOSES, OPEN_MEMCACHED, REPLICATION_LOSES, statusLack } from './engine.ts';
import type { Advice, Finding } from './finding.ts';
import type { Listed } from './look.ts';
import { userRemedy } from './user-remedy.ts';

/** A serverless cache always has TLS, several zones and the cluster protocol. */
export function judgeServerless(cache: ServerlessCache, users: Listed<User>, cli: Cli): Finding {
  const { ServerlessCacheName: name = '', Engine: engine = 'redis', UserGroupId } = cache;
  const common = { kind: `${engineTitle(engine)} serverless cache`, name };
  if (isMemcached(cache)) {
    return {
      ...common,
      lacks: [...statusLack(cache.Status), MEMCACHED_LOSES],
      unknown: [],
      advice: [OPEN_MEMCACHED, ...vpcOf(cache, cli)],
      code: serverlessMemcachedCode(cache),
    };
  }
  const access = iamAccess(
    {
      groupIds: UserGroupId ? [UserGroupId] : [],
      token: false,
      remedy: userRemedy(
        engine,
        (id) => cli(`elasticache modify-serverless-cache --serverless-cache-name ${name} --user-group-id ${id}`),
        cli,
      ),
    },
    users,
  );
  return {
    ...common,
    lacks: [...statusLack(cache.Status), ...access.lacks, REPLICATION_LOSES],
    unknown: access.unknown,
    advice: [...access.advice, ...vpcOf(cache, cli)],
    code: serverlessCode(cache, access.user),
  };
}

/** Its subnets are known, their VPC is that of another service. */
function vpcOf({ SubnetIds: [subnet] = [] }: ServerlessCache, cli: Cli): Advice[] {
  if (subnet === undefined) return [];
  const command = cli(`ec2 describe-subnets --subnet-ids ${subnet} --query 'Subnets[0].VpcId' --output text`);
  return [{ what: 'the line needs the id of its VPC', remedy: [command] }];
}
