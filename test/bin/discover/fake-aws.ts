import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { PointInTimeRecoveryDescription, TableDescription, TimeToLiveDescription } from '@aws-sdk/client-dynamodb';
import * as elasticache from '@aws-sdk/client-elasticache';
import type { CacheCluster, ReplicationGroup, ServerlessCache, User } from '@aws-sdk/client-elasticache';

import type { Clients } from '../../../bin/discover/clients.ts';
import { discover } from '../../../bin/discover/command.ts';

/** An account and region as AWS would tell of them, in the shapes of the SDK. */
export interface FakeAccount {
  readonly tables?: readonly FakeTable[];
  readonly serverless?: readonly ServerlessCache[];
  readonly replicationGroups?: readonly ReplicationGroup[];
  readonly clusters?: readonly CacheCluster[];
  readonly users?: readonly User[];
  /** What all nodes of replication groups have in common. @default - Valkey 9.0 in a network, that evicts nothing */
  readonly node?: Partial<CacheCluster>;
  /** Of every parameter group. @default noeviction */
  readonly evictionPolicy?: string;
  /** Entries of a page. @default 100 */
  readonly page?: number;
  /** What becomes of a call instead of an answer; `hang`: nothing, ever. @default - each is answered */
  readonly fault?: (action: string, resource: string) => FakeFault | 'hang' | undefined;
}

export interface FakeTable extends TableDescription {
  readonly timeToLive?: TimeToLiveDescription;
  readonly recovery?: PointInTimeRecoveryDescription;
}

export interface FakeFault {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
}

/** Both services on one port of loopback: JSON for DynamoDB, queries and XML for ElastiCache, written by the SDK's own schemas. */
export class FakeAws {
  /** Every call that came, as `service:Action`, with what it named. */
  readonly calls: { readonly action: string; readonly resource: string }[] = [];
  account: FakeAccount = {};
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<FakeAws> {
    const fake = new FakeAws();
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Clients with the bounds of the command's own, but another address and no wait between attempts. */
  connect = ({ region = 'eu-west-1' }: { readonly region?: string }): Promise<Clients> => {
    const common = {
      endpoint: this.endpoint,
      region,
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'very-secret' },
    };
    return Promise.resolve({
      dynamodb: new DynamoDBClient(common),
      elasticache: new elasticache.ElastiCacheClient(common),
    });
  };

  /** Runs the command over an account. */
  async discover(account: FakeAccount, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    this.account = account;
    this.calls.length = 0;
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const code = await discover(args, { stdout, stderr, env: {} }, this.connect);
    return { code, stdout: await text(stdout.end()), stderr: await text(stderr.end()) };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const target = request.headers['x-amz-target'];
    const json = typeof target === 'string';
    const query = new URLSearchParams(body);
    const input = json ? (JSON.parse(body) as Input) : (Object.fromEntries(query) as Input);
    const action = json ? `dynamodb:${target.split('.')[1] ?? ''}` : `elasticache:${query.get('Action') ?? ''}`;
    const resource =
      input.TableName ?? input.CacheClusterId ?? input.CacheSubnetGroupName ?? input.CacheParameterGroupName ?? '';
    this.calls.push({ action, resource });
    const fault = this.account.fault?.(action, resource);
    if (fault === 'hang') return;
    const type = json ? 'application/x-amz-json-1.0' : 'text/xml';
    if (fault) response.writeHead(fault.status, { 'content-type': type }).end((json ? jsonFault : xmlFault)(fault));
    else response.writeHead(200, { 'content-type': type }).end(this.#result(action, input));
  }

  #result(action: string, input: Input): string {
    const { tables = [], serverless = [], replicationGroups = [], clusters = [], users = [] } = this.account;
    const { evictionPolicy = 'noeviction' } = this.account;
    const name = action.split(':')[1] ?? '';
    const table = tables.find(({ TableName }) => TableName === input.TableName);
    switch (name) {
      case 'ListTables': {
        const names = tables.map(({ TableName }) => TableName!);
        const from = names.indexOf(input.ExclusiveStartTableName ?? '') + 1;
        const to = from + Math.min(this.account.page ?? 100, Number(input.Limit));
        const last = to < names.length ? names[to - 1] : undefined;
        return JSON.stringify({ TableNames: names.slice(from, to), LastEvaluatedTableName: last });
      }
      case 'DescribeTable': {
        return JSON.stringify({ Table: { ...table, timeToLive: undefined, recovery: undefined } });
      }
      case 'DescribeTimeToLive':
        return JSON.stringify({ TimeToLiveDescription: table?.timeToLive ?? { TimeToLiveStatus: 'DISABLED' } });
      case 'DescribeContinuousBackups':
        return JSON.stringify({
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: table?.recovery ?? { PointInTimeRecoveryStatus: 'DISABLED' },
          },
        });
      case 'DescribeServerlessCaches': {
        const { items: ServerlessCaches, next: NextToken } = this.#page(serverless, input.MaxResults, input.NextToken);
        return xml(name, elasticache.DescribeServerlessCachesResponse$, { ServerlessCaches, NextToken });
      }
      case 'DescribeReplicationGroups': {
        const { items: ReplicationGroups, next: Marker } = this.#page(
          replicationGroups,
          input.MaxRecords,
          input.Marker,
        );
        return xml(name, elasticache.ReplicationGroupMessage$, { ReplicationGroups, Marker });
      }
      case 'DescribeCacheClusters': {
        if (input.CacheClusterId !== undefined) {
          const CacheClusters = [nodeOf(input.CacheClusterId, this.account.node)];
          return xml(name, elasticache.CacheClusterMessage$, { CacheClusters });
        }
        const { items: CacheClusters, next: Marker } = this.#page(clusters, input.MaxRecords, input.Marker);
        return xml(name, elasticache.CacheClusterMessage$, { CacheClusters, Marker });
      }
      case 'DescribeCacheSubnetGroups':
        return xml(name, elasticache.CacheSubnetGroupMessage$, {
          CacheSubnetGroups: [{ CacheSubnetGroupName: input.CacheSubnetGroupName, VpcId: 'vpc-0123456789abcdef0' }],
        });
      case 'DescribeCacheParameters': {
        const values = { 'maxmemory-policy': evictionPolicy, activerehashing: 'yes' };
        const parameters = Object.entries(values).map(([ParameterName, ParameterValue]) => ({
          ParameterName,
          ParameterValue,
        }));
        const { items: Parameters, next: Marker } = this.#page(parameters.reverse(), '100', input.Marker);
        return xml(name, elasticache.CacheParameterGroupDetails$, { Parameters, Marker });
      }
      case 'DescribeUsers': {
        const { items: Users, next: Marker } = this.#page(users, input.MaxRecords, input.Marker);
        return xml(name, elasticache.DescribeUsersResult$, { Users, Marker });
      }
      default:
        throw new Error(`nobody should call ${action}`);
    }
  }

  #page<T>(all: readonly T[], max: string | undefined, token: string | undefined): { items: T[]; next?: string } {
    const from = Number(token ?? 0);
    const to = from + Math.min(this.account.page ?? 100, Number(max));
    return { items: all.slice(from, to), next: to < all.length ? String(to) : undefined };
  }
}

function nodeOf(CacheClusterId: string, changes: Partial<CacheCluster> = {}): CacheCluster {
  return {
    CacheClusterId,
    Engine: 'valkey',
    EngineVersion: '9.0.1',
    CacheSubnetGroupName: 'private',
    CacheParameterGroup: { CacheParameterGroupName: 'ours' },
    SecurityGroups: [{ SecurityGroupId: 'sg-0123456789abcdef1', Status: 'active' }],
    ...changes,
  };
}

type Input = Readonly<Partial<Record<string, string>>>;
type Schema = Parameters<XmlShapeSerializer['write']>[0];

function xml(action: string, schema: Schema, value: unknown): string {
  const serializer = new XmlShapeSerializer({
    xmlNamespace: '',
    serviceNamespace: 'com.amazonaws.elasticache',
    timestampFormat: { useTrait: true, default: 5 },
  });
  serializer.write(schema, value);
  const inner = String(serializer.flush()).replaceAll(/^<[^>]+>|<\/[^>]+>$/g, '');
  return `<${action}Response xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"><${action}Result>${inner}</${action}Result></${action}Response>`;
}

function jsonFault({ code, message = '' }: FakeFault): string {
  return JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message });
}

function xmlFault({ status, code, message = '' }: FakeFault): string {
  const type = status < 500 ? 'Sender' : 'Receiver';
  return `<ErrorResponse><Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
}
