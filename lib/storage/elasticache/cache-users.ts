import type { CfnResource } from 'aws-cdk-lib';
import { Lazy, RemovalPolicy } from 'aws-cdk-lib';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import { Construct } from 'constructs';

import { REDIS_COMMANDS } from '../../../lambda/store/redis/commands.ts';
import type { CacheAccess } from './cache-access.ts';
import type { CacheEngine } from './cache-engine.ts';
import { generatedName, userIdOf } from './cache-names.ts';
import type { CacheUser } from './cache-user.ts';

interface Props {
  readonly engine: CacheEngine;
  readonly access: CacheAccess;
  /** Whether the cache stays when it leaves the stack: it keeps what it refers to. */
  readonly retained: boolean;
}

/** The users of a cache, one for each server, and the group that the cache knows them by. */
export class CacheUsers extends Construct {
  /** The group, which has every user that is added by the end of the synthesis. */
  readonly group: elasticache.CfnUserGroup;
  private readonly props: Props;
  private readonly cache: Construct;
  private readonly userIds: string[] = [];

  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    this.props = props;
    this.cache = scope;
    const engine = props.engine.engineName;
    if (engine === 'redis') this.closeDefaultUser();
    this.group = new elasticache.CfnUserGroup(this, 'Group', {
      engine,
      userGroupId: generatedName(scope),
      userIds: Lazy.list({ produce: () => this.userIds }),
    });
    this.keep(this.group);
    this.node.addValidation({
      validate: () =>
        this.userIds.length > 0
          ? []
          : [
              'this cache has no user, and ElastiCache makes none without: give it to a server, McpStorage.fromCache(cache)',
            ],
    });
  }

  /** Makes the user of a server, for the commands of the adapter on keys of the server. */
  add(serverName: string): CacheUser {
    const userId = userIdOf(this.cache, serverName);
    const owner = new Construct(this, `Of-${serverName}`);
    const login = this.props.access._login(owner, { userId });
    const resource = new elasticache.CfnUser(owner, 'Resource', {
      engine: this.props.engine.engineName,
      userId,
      userName: userId, // IAM asks for the same
      accessString: accessOf(serverName),
      ...login.authenticationMode,
    });
    login.made?.(resource);
    this.include(resource);
    return login.user;
  }

  /** Redis OSS wants a user of this name in every group. Clients that name none are this one, so it is switched off. */
  private closeDefaultUser(): void {
    this.include(
      new elasticache.CfnUser(this, 'Closed', {
        engine: this.props.engine.engineName,
        userId: userIdOf(this.cache, 'default user'), // no server has a name like this
        userName: 'default',
        accessString: 'off -@all',
        authenticationMode: { Type: 'no-password-required' },
      }),
    );
  }

  private include(user: elasticache.CfnUser): void {
    this.keep(user);
    this.userIds.push(user.ref);
  }

  private keep(resource: CfnResource): void {
    if (this.props.retained) resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}

/** Names of servers have no mark that a pattern of keys would read as its own, nor the double underscore that ends them. */
function accessOf(serverName: string): string {
  return `on ~${serverName}__* -@all ${REDIS_COMMANDS.map((command) => `+${command}`).join(' ')}`;
}
