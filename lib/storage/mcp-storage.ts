import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

import type { ProvisionedName } from '../backend/provisioned.ts';
import type { Workload } from '../backend/workload.ts';
import type { ServerNetwork } from '../network/server-network.ts';
import type { BoundStorage } from './bound-storage.ts';
import { bindNewTable, bindTable } from './dynamodb-storage.ts';
import type { McpTableProps } from './mcp-table.ts';
import { MemoryStorage } from './memory-storage.ts';
import { chooseStorage, recordChoice } from './storage-choice.ts';

/** What a server tells its storage. */
export interface McpStorageBindOptions {
  /** Name of the server: its namespace in a store that several share. */
  readonly serverName: string;
  /** The network of the server, for storage that lives in one. */
  readonly network: ServerNetwork;
  /**
   * What becomes of the data when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Where a server keeps what it stores. */
export abstract class McpStorage {
  /** Memory of the process: nothing is provisioned, and everything is lost when the process ends. */
  static memory(): McpStorage {
    return new ChosenStorage(() => new MemoryStorage());
  }

  /**
   * A DynamoDB table of the server's own: durable, shared by all instances, paid per request.
   *
   * One object makes one table, for one server. To share it, give other servers `McpStorage.fromTable(first.storage.table)`.
   */
  static dynamoDb(props: McpTableProps = {}): McpStorage {
    let owner: string | undefined;
    return new ChosenStorage((server, options) => {
      if (owner !== undefined) {
        throw new Error(
          `this McpStorage.dynamoDb() already made the table of ${JSON.stringify(owner)}: ` +
            `share it with ${JSON.stringify(server.node.path)} by McpStorage.fromTable(first.storage.table), ` +
            `or call McpStorage.dynamoDb() again for a table of its own`,
        );
      }
      owner = server.node.path;
      return bindNewTable(server, props, options);
    });
  }

  /**
   * A DynamoDB table that exists already: another server's, or one imported into the application. It must have the
   * partition key `collection` and the sort key `key`, both strings, and `ttl` as its time-to-live attribute.
   * Nothing about it is changed; the server may use its own namespace in it, no other server's.
   */
  static fromTable(table: dynamodb.ITable): McpStorage {
    return new ChosenStorage((server, options) => bindTable(server, table, options));
  }

  /**
   * The storage that suits a workload best, of what this version of the kit provisions. The choice, its reasons and its
   * monthly cost are printed at synth, and kept in the template's metadata under `cdk-mcp-kit:storageChoice`.
   *
   * One object makes one table at most, for one server, as `McpStorage.dynamoDb()` does.
   *
   * @throws Error when the workload makes no sense, or nothing that suits can be provisioned
   */
  static choose(workload: Workload = {}): McpStorage {
    const choice = chooseStorage(workload);
    const storage = PROVIDERS[choice.backend]();
    return new ChosenStorage((server, options) => {
      const bound = storage.bind(server, options);
      recordChoice(server, choice);
      return bound;
    });
  }

  /** Called by the server; not by applications. */
  abstract bind(server: Construct, options: McpStorageBindOptions): BoundStorage;
}

class ChosenStorage extends McpStorage {
  private readonly binder: (server: Construct, options: McpStorageBindOptions) => BoundStorage;

  constructor(binder: (server: Construct, options: McpStorageBindOptions) => BoundStorage) {
    super();
    this.binder = binder;
  }

  override bind(server: Construct, options: McpStorageBindOptions): BoundStorage {
    return this.binder(server, options);
  }
}

/** What the decision tree can end in, for now. */
const PROVIDERS: Readonly<Record<ProvisionedName, () => McpStorage>> = {
  memory: () => McpStorage.memory(),
  dynamodb: () => McpStorage.dynamoDb(),
};
