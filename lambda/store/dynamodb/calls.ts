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
  GetItem(input: GetItemCommandInput): Promise<GetItemCommandOutput>;
  PutItem(input: PutItemCommandInput): Promise<PutItemCommandOutput>;
  UpdateItem(input: UpdateItemCommandInput): Promise<UpdateItemCommandOutput>;
  DeleteItem(input: DeleteItemCommandInput): Promise<DeleteItemCommandOutput>;
  BatchGetItem(input: BatchGetItemCommandInput): Promise<BatchGetItemCommandOutput>;
  BatchWriteItem(input: BatchWriteItemCommandInput): Promise<BatchWriteItemCommandOutput>;
  /** Closes connections. */
  close(): void;
}
