import { Arn, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

import { RuntimePart } from '../code/runtime-part.ts';
import type { McpNetwork } from '../network/mcp-network.ts';
import type { ServerNetwork } from '../network/server-network.ts';
import { withoutSnapshot } from '../private/removal.ts';
import { BoundStorage } from './bound-storage.ts';
import type { McpStorageBindOptions } from './mcp-storage.ts';
import type { McpTableProps } from './mcp-table.ts';
import { McpTable } from './mcp-table.ts';
import { claimNamespace } from './namespaces.ts';
import { TableNamespaceGrants } from './table-namespace-grants.ts';

/** @internal */
export function bindNewTable(server: Construct, props: McpTableProps, options: McpStorageBindOptions): BoundStorage {
  const tableProps = { ...props, removalPolicy: props.removalPolicy ?? withoutSnapshot(options.removalPolicy) };
  return new DynamoDbStorage(server, new McpTable(server, 'Storage', tableProps).table, options);
}

/** @internal */
export function bindTable(server: Construct, table: dynamodb.ITable, options: McpStorageBindOptions): BoundStorage {
  refuseOtherAccount(server, table);
  refuseRenaming(server, table);
  refuseOtherKeys(table);
  return new DynamoDbStorage(server, table, options);
}

class DynamoDbStorage extends BoundStorage {
  override readonly url: string;
  override readonly parts = [RuntimePart.DYNAMODB_STORE];
  override readonly durable = true;
  override readonly shared = true;
  override readonly grants: TableNamespaceGrants;
  private readonly bound: dynamodb.ITable;
  private readonly network: ServerNetwork;

  constructor(server: Construct, table: dynamodb.ITable, { serverName, network }: McpStorageBindOptions) {
    super();
    this.network = network;
    claimNamespace(server, { resource: table, arn: table.tableArn, what: 'table' }, serverName);
    this.bound = table;
    this.url = `dynamodb://${table.tableName}?region=${homeOf(table).region}`;
    this.grants = new TableNamespaceGrants(table, serverName);
  }

  override connectFrom(client: ec2.IConnectable): void {
    const { current } = this.network;
    if (!current) return;
    this.refuseUnreachable(current);
    current.allowDynamoDb(client);
  }

  override get table(): dynamodb.ITable {
    return this.bound;
  }

  /** A gateway endpoint leads to the DynamoDB of its own region. */
  private refuseUnreachable(network: McpNetwork): void {
    const ours = Stack.of(network).region;
    const theirs = homeOf(this.bound).region;
    if (network.reachesInternet || Token.isUnresolved(ours) || Token.isUnresolved(theirs) || ours === theirs) return;
    throw new Error(
      `the table ${JSON.stringify(this.bound.node.path)} is in ${theirs}, which an isolated network in ${ours} does not reach: give ` +
        "the server network: new McpNetwork(this, 'Network', { natGateways: 1 }), or on Fargate internet: true",
    );
  }
}

/** Where a table is. An imported `Table` says where its stack is, whatever its ARN says; a `TableV2` does not. */
function homeOf({ tableArn, env }: dynamodb.ITable): { readonly region: string; readonly account: string } {
  if (Token.isUnresolved(tableArn)) return env;
  const { region = env.region, account = env.account } = Arn.split(tableArn, ArnFormat.SLASH_RESOURCE_NAME);
  return { region, account };
}

/**
 * A reference from another region or account makes the CDK give the table a name. CloudFormation would put a new, empty
 * table in the place of one that is deployed already.
 */
function refuseRenaming(server: Construct, table: dynamodb.ITable): void {
  const stack = Stack.of(table);
  const resource = table.node.defaultChild as { readonly tableName?: string } | undefined;
  if (!resource || stack.environment === Stack.of(server).environment) return;
  if (stack.resolve(resource.tableName) !== undefined) return;
  throw new Error(
    `the table ${JSON.stringify(table.node.path)} has a generated name, by which a server in another region or account ` +
      `(${JSON.stringify(server.node.path)}) cannot find it: give it a tableName, or import it by the name that it has`,
  );
}

/** The keys of py-key-value's layout; every call of the adapter names them. */
const KEY_SCHEMA = [
  { attributeName: 'collection', keyType: 'HASH' },
  { attributeName: 'key', keyType: 'RANGE' },
];

/** Only a table of this app shows its keys; those of an imported one are seen at the first call. */
function refuseOtherKeys(table: dynamodb.ITable): void {
  const resource = table.node.defaultChild as { readonly keySchema?: unknown } | undefined;
  const schema: unknown = Stack.of(table).resolve(resource?.keySchema);
  if (!Array.isArray(schema)) return;
  const keys = schema as { attributeName?: string; keyType?: string }[];
  const fits =
    keys.length === KEY_SCHEMA.length &&
    KEY_SCHEMA.every(
      (key, index) => keys[index]?.attributeName === key.attributeName && keys[index].keyType === key.keyType,
    );
  if (fits) return;
  throw new Error(
    `the table ${JSON.stringify(table.node.path)} has the keys ${keys.map(({ attributeName }) => attributeName).join(', ')}: ` +
      `a store needs the hash key "collection" and the range key "key", both strings; make it with new McpTable(…)`,
  );
}

/** The store URL names a table, which DynamoDB looks for in the caller's account. */
function refuseOtherAccount(server: Construct, table: dynamodb.ITable): void {
  const ours = Stack.of(server).account;
  const theirs = homeOf(table).account;
  if (Token.isUnresolved(ours) || Token.isUnresolved(theirs) || ours === theirs) return;
  throw new Error(
    `the table ${JSON.stringify(table.node.path)} belongs to account ${theirs}, the server to ${ours}: ` +
      `deploy the server to the account of its table, or give it McpStorage.dynamoDb()`,
  );
}
