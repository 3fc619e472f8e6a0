import type { TableDescription } from '@aws-sdk/client-dynamodb';

import { lookAtCaches } from './caches.ts';
import type { Cli } from './cli.ts';
import type { Clients } from './clients.ts';
import { judgeCluster } from './cluster-finding.ts';
import type { Finding } from './finding.ts';
import type { Look, NotLooked } from './look.ts';
import { judgeReplicationGroup } from './replication-group-finding.ts';
import { judgeServerless } from './serverless-finding.ts';
import { judgeTable } from './table-finding.ts';
import { keysFit, writeKeys } from './table-keys.ts';
import { lookAtTables } from './tables.ts';

/** A table of another program. */
export interface OtherTable {
  readonly name: string;
  readonly keys: string;
}

/** What an account and region have. */
export interface Discovery {
  readonly region: string;
  /** Undefined where no table was described: only ARNs tell it. */
  readonly account?: string;
  readonly findings: readonly Finding[];
  readonly otherTables: readonly OtherTable[];
  readonly notLooked: readonly NotLooked[];
  /** Lists that were longer than the limit. */
  readonly bounded: readonly string[];
}

/** Whether there may be more than what was found. */
export function isIncomplete({ notLooked, bounded }: Discovery): boolean {
  return notLooked.length > 0 || bounded.length > 0;
}

/**
 * Looks at everything that can be a store, and judges it.
 *
 * @throws {UsageError} when AWS takes neither the credentials nor the region
 */
export async function discoverStores(
  clients: Clients,
  look: Look,
  { cli, say }: { readonly cli: Cli; readonly say: (line: string) => void },
): Promise<Discovery> {
  const [tables, caches] = await Promise.all([
    lookAtTables(clients.dynamodb, look, say),
    lookAtCaches(clients.elasticache, look),
  ]);
  const { serverless, replicationGroups, clusters, users } = caches;
  const others = tables.filter(({ table }) => keysFit(table) === 'other');
  const ours = tables.filter(({ table }) => keysFit(table) !== 'other');
  return {
    region: look.region,
    account: accountOf(tables[0]?.table),
    findings: [
      ...ours.map((facts) => judgeTable(facts, cli)),
      ...serverless.map((cache) => judgeServerless(cache, users, cli)),
      ...replicationGroups.map((nodes) => judgeReplicationGroup(nodes, users, cli)),
      ...clusters.map((cluster) => judgeCluster(cluster, cli)),
    ],
    otherTables: others.map(({ table }) => ({ name: table.TableName ?? '', keys: writeKeys(table) })),
    notLooked: look.notLooked,
    bounded: look.bounded,
  };
}

function accountOf(table: TableDescription | undefined): string | undefined {
  return table?.TableArn?.split(':')[4];
}
