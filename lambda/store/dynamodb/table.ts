import { StoreClosedError } from '../errors.ts';
import { mapLimit } from '../map-limit.ts';
import { PARALLEL_BATCHES, partsOf, READ_BATCH, untilProcessed, WRITE_BATCH } from './batches.ts';
import type { DynamoDbCalls } from './calls.ts';
import { dynamoDbFault, isConditionFailure } from './faults.ts';
import { ATTRIBUTE, type Item } from './row.ts';

export type Connect = () => DynamoDbCalls | Promise<DynamoDbCalls>;

type CallName = Exclude<keyof DynamoDbCalls, 'close'>;
/** Batches name their table inside; the others get it here. */
type Input<N extends CallName> = Omit<Parameters<DynamoDbCalls[N]>[0], 'TableName'>;
type Output<N extends CallName> = Awaited<ReturnType<DynamoDbCalls[N]>>;

/** Calls on one table: connects at the first one, and turns faults into `StoreError`s. */
export class Table {
  readonly #name: string;
  readonly #connect: Connect;
  #calls: DynamoDbCalls | Promise<DynamoDbCalls> | undefined;
  #closed = false;

  constructor(name: string, connect: Connect) {
    this.#name = name;
    this.#connect = connect;
  }

  /** A failed condition is passed on as it is: it is an answer, not a fault. */
  async call<N extends CallName>(name: N, input: Input<N>): Promise<Output<N>> {
    const calls = await this.#open();
    try {
      const call = calls[name] as (input: unknown) => ReturnType<DynamoDbCalls[N]>;
      return await call('RequestItems' in input ? input : { TableName: this.#name, ...input });
    } catch (error) {
      throw isConditionFailure(error) ? error : dynamoDbFault(error, name, this.#name);
    }
  }

  /** Items of the keys, which must differ, in no order; consistent. */
  async read(keys: readonly Item[]): Promise<Item[]> {
    const items: Item[] = [];
    await mapLimit(partsOf(keys, READ_BATCH), PARALLEL_BATCHES, (batch) =>
      untilProcessed(batch, async (Keys) => {
        const { Responses, UnprocessedKeys } = await this.call('BatchGetItem', {
          RequestItems: { [this.#name]: { Keys: [...Keys], ConsistentRead: true } },
        });
        items.push(...(Responses?.[this.#name] ?? []));
        return UnprocessedKeys?.[this.#name]?.Keys ?? [];
      }),
    );
    return items;
  }

  /** Puts the items, whose keys must differ. */
  async write(items: readonly Item[]): Promise<void> {
    await mapLimit(partsOf(items, WRITE_BATCH), PARALLEL_BATCHES, (batch) =>
      untilProcessed(batch, async (part) => {
        const requests = part.map((Item) => ({ PutRequest: { Item } }));
        const { UnprocessedItems } = await this.call('BatchWriteItem', { RequestItems: { [this.#name]: requests } });
        const rest = UnprocessedItems?.[this.#name] ?? [];
        return rest.flatMap(({ PutRequest }) => (PutRequest?.Item ? [PutRequest.Item] : []));
      }),
    );
  }

  /** The marks of the writes that led to an item. */
  async marks(key: Item): Promise<readonly string[]> {
    const { Item } = await this.call('GetItem', {
      Key: key,
      ConsistentRead: true,
      ProjectionExpression: ATTRIBUTE.op,
    });
    return Item?.[ATTRIBUTE.op]?.S?.split(' ') ?? [];
  }

  async close(): Promise<void> {
    this.#closed = true;
    (await this.#calls)?.close();
  }

  #open(): DynamoDbCalls | Promise<DynamoDbCalls> {
    if (this.#closed) throw new StoreClosedError();
    if (this.#calls) return this.#calls;
    const opening = Promise.resolve(this.#connect());
    this.#calls = opening;
    opening.then(
      (calls) => (this.#calls = calls),
      () => (this.#calls = undefined),
    );
    return opening;
  }
}
