import type { ReplicationGroup, User } from '@aws-sdk/client-elasticache';

import { iamAccess } from './access.ts';
import type { Cli } from './cli.ts';
import { engineTitle, REPLICATION_LOSES, statusLack } from './engine.ts';
import type { Advice, Finding, Lack, Unknown } from './finding.ts';
import type { Listed } from './look.ts';
import type { Nodes } from './nodes.ts';
import { nodesCode } from './cache-code.ts';
import { userRemedy } from './user-remedy.ts';

/** Nodes of Valkey or Redis OSS. */
export function judgeReplicationGroup(nodes: Nodes, users: Listed<User>, cli: Cli): Finding {
  const { group } = nodes;
  const { ReplicationGroupId: name = '', Engine: engine = 'redis', UserGroupIds: groupIds = [] } = group;
  const token = group.AuthTokenEnabled === true;
  const access = iamAccess(
    {
      groupIds,
      token,
      remedy: userRemedy(
        engine,
        (id) =>
          modify(name, `--user-group-ids-to-add ${id}${token ? ' --auth-token-update-strategy DELETE' : ''}`, cli),
        cli,
      ),
    },
    users,
  );
  const version = oldVersion(nodes, cli);
  return {
    kind: `${engineTitle(engine)} ${group.ClusterEnabled ? 'cluster' : 'replication group'}`,
    name,
    lacks: [
      ...statusLack(group.Status),
      ...encryption(group, cli),
      ...version,
      ...access.lacks,
      ...secondary(group),
      ...durability(group, cli),
      ...eviction(nodes, cli),
    ],
    unknown: [...access.unknown, ...unseenEviction(nodes)],
    advice: [...access.advice, ...availability(group, cli), ...plain(group, cli)],
    code: version.length > 0 ? undefined : nodesCode(nodes, isDurable(nodes), access.user),
  };
}

/** Whether the constructs may be told that an acknowledged write stays. */
function isDurable({ group, evictionPolicy }: Nodes): boolean {
  return group.EffectiveDurability === 'sync' && evictionPolicy === 'noeviction';
}

/** Users that sign in with IAM came with Redis OSS 7.0, and were in Valkey from its start. */
function oldVersion({ group, node }: Nodes, cli: Cli): Lack[] {
  const { ReplicationGroupId: name = '', Engine } = group;
  const major = Number(node?.EngineVersion?.split('.')[0] ?? Infinity);
  if (Engine === 'valkey' || major >= FIRST_WITH_IAM) return [];
  return [
    {
      what: `Redis OSS ${node?.EngineVersion ?? ''} has no users that sign in with IAM`,
      remedy: [modify(name, '--engine redis --engine-version 7.1', cli)],
    },
  ];
}

const FIRST_WITH_IAM = 7;

function encryption({ ReplicationGroupId: name = '', TransitEncryptionEnabled }: ReplicationGroup, cli: Cli): Lack[] {
  if (TransitEncryptionEnabled === true) return [];
  return [
    {
      what: 'no TLS, which IAM users need',
      remedy: [
        modify(name, '--transit-encryption-enabled --transit-encryption-mode preferred', cli),
        'when all its clients use TLS:',
        modify(name, '--transit-encryption-mode required', cli),
        'where the engine is too old for that (before Redis OSS 7.0), make another one',
      ],
    },
  ];
}

function secondary({ GlobalReplicationGroupInfo }: ReplicationGroup): Lack[] {
  return GlobalReplicationGroupInfo?.GlobalReplicationGroupMemberRole === 'SECONDARY'
    ? [{ what: 'a secondary of a global datastore takes no writes', remedy: ['use the primary, in its region'] }]
    : [];
}

/** Only a log of writes in several zones, written before the answer, keeps what was acknowledged. */
function durability(group: ReplicationGroup, cli: Cli): Lack[] {
  const { ReplicationGroupId: name = '', EffectiveDurability } = group;
  if (EffectiveDurability === 'sync') return [];
  if (EffectiveDurability !== 'async') return [REPLICATION_LOSES];
  return [
    {
      role: 'oauth',
      what: 'its log is written after the answer: a failure loses up to 10 seconds of writes that were acknowledged',
      remedy: [modify(name, '--durability sync', cli)],
    },
  ];
}

function availability(group: ReplicationGroup, cli: Cli): Advice[] {
  const { ReplicationGroupId: name = '', AutomaticFailover, MultiAZ, MemberClusters = [], NodeGroups = [] } = group;
  if (MemberClusters.length <= Math.max(1, NodeGroups.length)) {
    return [{ what: 'no replica: it is away while a node is replaced' }];
  }
  const switches = [
    ...(AutomaticFailover === 'enabled' ? [] : ['--automatic-failover-enabled']),
    ...(MultiAZ === 'enabled' ? [] : ['--multi-az-enabled']),
  ];
  if (switches.length === 0) return [];
  const what = AutomaticFailover === 'enabled' ? 'all nodes may be in one zone' : 'no automatic failover';
  return [{ what, remedy: [modify(name, switches.join(' '), cli)] }];
}

function plain(group: ReplicationGroup, cli: Cli): Advice[] {
  if (group.TransitEncryptionEnabled !== true || group.TransitEncryptionMode !== 'preferred') return [];
  const { ReplicationGroupId: name = '' } = group;
  return [
    {
      what: 'it takes connections without TLS, too',
      remedy: [modify(name, '--transit-encryption-mode required', cli)],
    },
  ];
}

/** The log keeps what was written, not what was evicted. */
function eviction({ group, node, evictionPolicy }: Nodes, cli: Cli): Lack[] {
  if (evictionPolicy === undefined || evictionPolicy === 'noeviction') return [];
  const { ReplicationGroupId: name = '' } = group;
  const parameters = node?.CacheParameterGroup?.CacheParameterGroupName ?? '';
  const change = (to: string): string =>
    cli(
      `elasticache modify-cache-parameter-group --cache-parameter-group-name ${to} ` +
        '--parameter-name-values ParameterName=maxmemory-policy,ParameterValue=noeviction',
    );
  // Those that AWS makes cannot be changed.
  const remedy = parameters.startsWith('default.')
    ? [
        'make a parameter group, named mcp, of the same family',
        change('mcp'),
        modify(name, '--cache-parameter-group-name mcp', cli),
      ]
    : [change(parameters)];
  return [{ role: 'oauth', what: `it evicts when its memory is full (maxmemory-policy ${evictionPolicy})`, remedy }];
}

function unseenEviction({ group, evictionPolicy }: Nodes): Unknown[] {
  return group.EffectiveDurability === 'sync' && evictionPolicy === undefined
    ? [{ role: 'oauth', what: 'whether it evicts when its memory is full' }]
    : [];
}

function modify(name: string, change: string, cli: Cli): string {
  return cli(`elasticache modify-replication-group --replication-group-id ${name} ${change} --apply-immediately`);
}
