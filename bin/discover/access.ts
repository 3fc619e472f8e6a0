import type { User } from '@aws-sdk/client-elasticache';

import type { Advice, Lack, Unknown } from './finding.ts';
import type { Listed } from './look.ts';
import type { UserRemedy } from './user-remedy.ts';

/** Who may sign in to a cache with the role of a server, instead of with a password. */
export interface IamAccess {
  /** Name of the first such user. */
  readonly user?: string;
  readonly lacks: readonly Lack[];
  readonly unknown: readonly Unknown[];
  readonly advice: readonly Advice[];
}

export interface CacheAccess {
  readonly groupIds: readonly string[];
  /** Whether a password of the whole cache is asked for. */
  readonly token: boolean;
  readonly remedy: UserRemedy;
}

/** IAM authentication needs a user of that type in a group of the cache. */
export function iamAccess(cache: CacheAccess, users: Listed<User>): IamAccess {
  const [groupId] = cache.groupIds;
  if (groupId === undefined) return { ...NOTHING, lacks: [withoutGroup(cache)] };
  const members = users.items.filter(({ UserGroupIds = [] }) => UserGroupIds.some((id) => cache.groupIds.includes(id)));
  const able = members.filter(canSignIn);
  const [user] = able;
  if (user) return { ...NOTHING, user: user.UserName, advice: adviceOn(able) };
  if (!users.complete)
    return { ...NOTHING, unknown: [{ what: `whether its user group ${groupId} has a user for IAM` }] };
  const what = `its user group ${groupId} has no user that signs in with IAM`;
  return { ...NOTHING, lacks: [{ what, remedy: cache.remedy.into(groupId) }] };
}

const NOTHING: IamAccess = { lacks: [], unknown: [], advice: [] };

function withoutGroup({ token, remedy }: CacheAccess): Lack {
  const what = token
    ? 'no IAM user: one AUTH token opens all of it'
    : 'no IAM user: it asks nobody who they are, whoever reaches its network reads all of it';
  return { what, remedy: [...remedy.withGroup(), ...(token ? [WITH_TOKEN] : [])] };
}

const WITH_TOKEN =
  'or keep the token in a secret of Secrets Manager, and sign in with it: user: CacheUser.password(secret)';

function canSignIn({ Authentication, Status, AccessString = '' }: User): boolean {
  return Authentication?.Type === 'iam' && Status !== 'deleting' && /(?:^|\s)on(?:\s|$)/.test(AccessString);
}

/** Which keys a user may touch: a server named otherwise is refused by the cache. */
function adviceOn(users: readonly User[]): Advice[] {
  return users.map(({ UserName = '', AccessString = '' }) => {
    const patterns = AccessString.split(/\s+/).filter((word) => /^(?:~|%|allkeys$)/.test(word));
    const keys = patterns.length === 0 ? 'no keys' : `keys ${patterns.join(' ')}`;
    return { what: `its user ${UserName} signs in with IAM and may use ${keys}; a server's keys begin with NAME__` };
  });
}
