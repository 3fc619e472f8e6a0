import type { PointInTimeRecoveryDescription, TableDescription, TimeToLiveDescription } from '@aws-sdk/client-dynamodb';

import type { Cli } from './cli.ts';
import type { Advice, Finding, Lack } from './finding.ts';
import { keysFit, writeKeys } from './table-keys.ts';

/** What AWS told of a table. */
export interface TableFacts {
  readonly table: TableDescription;
  /** Undefined: could not be looked at. */
  readonly timeToLive?: TimeToLiveDescription;
  /** Undefined: could not be looked at. */
  readonly recovery?: PointInTimeRecoveryDescription;
}

type Judge<T> = (facts: TableFacts, cli: Cli) => T | undefined;

/** Compares a table with what `McpStorage.fromTable()` needs. */
export function judgeTable(facts: TableFacts, cli: Cli): Finding {
  const { TableName: name = '' } = facts.table;
  const fits = keysFit(facts.table) === 'store';
  return {
    kind: 'DynamoDB table',
    name,
    lacks: LACKS.map((judge) => judge(facts, cli)).filter((lack) => lack !== undefined),
    unknown: facts.timeToLive === undefined && fits ? [{ what: 'whether time to live is on' }] : [],
    advice: fits ? ADVICE.map((judge) => judge(facts, cli)).filter((advice) => advice !== undefined) : [],
    code: fits ? `storage: McpStorage.fromTable(${importOf(facts.table)}),` : undefined,
  };
}

const keys: Judge<Lack> = ({ table }) =>
  keysFit(table) === 'store'
    ? undefined
    : {
        what: `its keys are ${writeKeys(table)} instead of collection S, key S`,
        remedy: ['keys cannot be changed: make another table, with McpStorage.dynamoDb() or new McpTable(…)'],
      };

const status: Judge<Lack> = ({ table: { TableStatus = 'unknown' } }) => {
  if (TableStatus === 'ACTIVE' || TableStatus === 'UPDATING') return undefined;
  const remedy =
    TableStatus === 'CREATING' ? 'wait until it is ACTIVE' : 'see what the console says of it, or use another table';
  return { what: `it is ${TableStatus}`, remedy: [remedy] };
};

const timeToLive: Judge<Lack> = ({ table: { TableName = '' }, timeToLive: ttl }, cli) => {
  if (!ttl) return undefined;
  const { TimeToLiveStatus = 'DISABLED', AttributeName = '' } = ttl;
  const on = cli(
    `dynamodb update-time-to-live --table-name ${TableName} --time-to-live-specification Enabled=true,AttributeName=ttl`,
  );
  if (/^(?:DISABLED|DISABLING)$/.test(TimeToLiveStatus)) {
    return { what: 'time to live is off: what expires is never deleted', remedy: [on] };
  }
  if (AttributeName === 'ttl') return undefined;
  const off = cli(
    `dynamodb update-time-to-live --table-name ${TableName} --time-to-live-specification Enabled=false,AttributeName=${AttributeName}`,
  );
  return {
    what: `time to live reads the attribute ${AttributeName} instead of ttl`,
    remedy: [off, 'wait an hour', on],
  };
};

const LACKS: readonly Judge<Lack>[] = [keys, status, timeToLive];

const recovery: Judge<Advice> = ({ table: { TableName = '' }, recovery: pitr }, cli) =>
  pitr === undefined || pitr.PointInTimeRecoveryStatus === 'ENABLED'
    ? undefined
    : {
        what: 'point-in-time recovery is off',
        remedy: [
          cli(
            `dynamodb update-continuous-backups --table-name ${TableName} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
          ),
        ],
      };

const protection: Judge<Advice> = ({ table: { TableName = '', DeletionProtectionEnabled } }, cli) =>
  DeletionProtectionEnabled === true
    ? undefined
    : {
        what: 'deletion protection is off',
        remedy: [cli(`dynamodb update-table --table-name ${TableName} --deletion-protection-enabled`)],
      };

/** Each replica takes a code once: only one region may be asked, or the replicas must agree before they answer. */
const replicas: Judge<Advice> = ({ table: { Replicas = [], MultiRegionConsistency } }) =>
  Replicas.length === 0 || MultiRegionConsistency === 'STRONG'
    ? undefined
    : {
        what:
          `it is replicated to ${Replicas.map(({ RegionName = '?' }) => RegionName).join(', ')}: ` +
          'keep OAuth state of a server in one region, for its conditions hold in one only',
      };

const capacity: Judge<Advice> = ({ table: { BillingModeSummary, ProvisionedThroughput } }) => {
  const { ReadCapacityUnits: reads = 0, WriteCapacityUnits: writes = 0 } = ProvisionedThroughput ?? {};
  if (BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST' || reads + writes === 0) return undefined;
  return { what: `its capacity is ${reads} reads and ${writes} writes per second; more is throttled` };
};

const ADVICE: readonly Judge<Advice>[] = [recovery, protection, replicas, capacity];

/** With a key in KMS, the server needs a grant on it; AWS's own key of the account looks the same and takes no harm. */
function importOf({ TableName = '', SSEDescription }: TableDescription): string {
  const key = SSEDescription?.KMSMasterKeyArn;
  if (key === undefined) return `dynamodb.TableV2.fromTableName(this, 'Table', '${TableName}')`;
  return (
    `dynamodb.TableV2.fromTableAttributes(this, 'Table', { tableName: '${TableName}', ` +
    `encryptionKey: kms.Key.fromKeyArn(this, 'Key', '${key}') })`
  );
}
