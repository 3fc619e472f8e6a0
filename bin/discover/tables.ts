import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';

import { mapLimit } from '../../lambda/store/map-limit.ts';
import type { Look } from './look.ts';
import type { TableFacts } from './table-finding.ts';
import { keysFit } from './table-keys.ts';

/** Tables asked about at a time: control-plane calls are throttled early. */
const PARALLEL = 5;
/** The largest page of `ListTables`. */
const PAGE = 100;

/** Asks for the tables of an account and region; of those with other keys, nothing but their description. */
export async function lookAtTables(
  client: DynamoDBClient,
  look: Look,
  say: (line: string) => void,
): Promise<readonly TableFacts[]> {
  const { DescribeTableCommand, ListTablesCommand } = await import('@aws-sdk/client-dynamodb');
  const { items: names } = await look.list('dynamodb:ListTables', 'tables', async (next, options) => {
    const input = { Limit: Math.min(PAGE, look.limit), ExclusiveStartTableName: next };
    const { TableNames = [], LastEvaluatedTableName } = await client.send(new ListTablesCommand(input), options);
    return { items: TableNames, next: LastEvaluatedTableName };
  });
  if (names.length > 0) say(`looking at ${names.length} ${names.length === 1 ? 'table' : 'tables'} …`);
  const found = await mapLimit(names, PARALLEL, async (TableName) => {
    const answer = await look.ask('dynamodb:DescribeTable', TableName, (options) =>
      client.send(new DescribeTableCommand({ TableName }), options),
    );
    return answer?.Table && lookCloser(client, look, answer.Table);
  });
  return found.filter((facts) => facts !== undefined);
}

async function lookCloser(client: DynamoDBClient, look: Look, table: TableDescription): Promise<TableFacts> {
  if (keysFit(table) !== 'store') return { table };
  const { DescribeContinuousBackupsCommand, DescribeTimeToLiveCommand } = await import('@aws-sdk/client-dynamodb');
  const { TableName = '' } = table;
  const ttl = await look.ask('dynamodb:DescribeTimeToLive', TableName, (options) =>
    client.send(new DescribeTimeToLiveCommand({ TableName }), options),
  );
  const backups = await look.ask('dynamodb:DescribeContinuousBackups', TableName, (options) =>
    client.send(new DescribeContinuousBackupsCommand({ TableName }), options),
  );
  return {
    table,
    timeToLive: ttl && (ttl.TimeToLiveDescription ?? {}),
    recovery: backups && (backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {}),
  };
}
