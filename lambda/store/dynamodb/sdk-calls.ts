import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

import type { DynamoDbCalls } from './calls.ts';

export interface DynamoDbClientProps {
  /**
   * Region of the table.
   *
   * @default - what the SDK finds: `AWS_REGION`, then the shared configuration
   */
  readonly region?: string;
  /**
   * Address of the service.
   *
   * @default - what the SDK finds: `AWS_ENDPOINT_URL`, then the region's own
   */
  readonly endpoint?: string;
  /**
   * Attempts per call, the first one included. Between them the SDK waits with full jitter.
   *
   * @default 4
   */
  readonly maxAttempts?: number;
  /**
   * Milliseconds for one attempt until the answer begins.
   *
   * @default 3000
   */
  readonly requestTimeout?: number;
}

/** Opens a client with the time limits that a request-serving process needs; the SDK's own defaults wait for ever. */
export function connect(props: DynamoDbClientProps): DynamoDbCalls {
  const client = new DynamoDBClient({
    ...(props.region !== undefined && { region: props.region }),
    ...(props.endpoint !== undefined && { endpoint: props.endpoint }),
    maxAttempts: props.maxAttempts ?? 4,
    cacheMiddleware: true, // one resolved stack per command instead of one per call
    requestHandler: {
      // From two seconds on the handler defers its listeners, which then cost nothing on a connection in use.
      connectionTimeout: 2000,
      requestTimeout: props.requestTimeout ?? 3000,
      throwOnRequestTimeout: true, // without it, a request that takes too long is only warned about
      socketTimeout: 6000, // an answer that began and then stalls
    },
  });
  return overClient(client, true);
}

/**
 * The calls over a client of the caller's.
 *
 * @param owned whether `close()` destroys the client
 */
export function overClient(client: DynamoDBClient, owned = false): DynamoDbCalls {
  return {
    GetItem: (input) => client.send(new GetItemCommand(input)),
    PutItem: (input) => client.send(new PutItemCommand(input)),
    UpdateItem: (input) => client.send(new UpdateItemCommand(input)),
    DeleteItem: (input) => client.send(new DeleteItemCommand(input)),
    BatchGetItem: (input) => client.send(new BatchGetItemCommand(input)),
    BatchWriteItem: (input) => client.send(new BatchWriteItemCommand(input)),
    close: () => {
      if (owned) client.destroy();
    },
  };
}
