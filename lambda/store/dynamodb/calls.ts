import type {
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  BatchWriteItemCommandInput,
  BatchWriteItemCommandOutput,
  DeleteItemCommandInput,
  DeleteItemCommandOutput,
  GetItemCommandInput,
  GetItemCommandOutput,
  PutItemCommandInput,
  PutItemCommandOutput,
  UpdateItemCommandInput,
  UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';

/** The calls that the store makes: one for each action in `DYNAMODB_ACTIONS`. The AWS SDK is behind them, and lazily so. */
export interface DynamoDbCalls {
  readonly GetItem: (input: GetItemCommandInput) => Promise<GetItemCommandOutput>;
  readonly PutItem: (input: PutItemCommandInput) => Promise<PutItemCommandOutput>;
  readonly UpdateItem: (input: UpdateItemCommandInput) => Promise<UpdateItemCommandOutput>;
  readonly DeleteItem: (input: DeleteItemCommandInput) => Promise<DeleteItemCommandOutput>;
  readonly BatchGetItem: (input: BatchGetItemCommandInput) => Promise<BatchGetItemCommandOutput>;
  readonly BatchWriteItem: (input: BatchWriteItemCommandInput) => Promise<BatchWriteItemCommandOutput>;
  /** Closes connections. */
  readonly close: () => void;
}
