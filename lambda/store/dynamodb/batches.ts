import { setTimeout as sleep } from 'node:timers/promises';

import { StoreThrottledError } from '../errors.ts';

/** Limit of BatchGetItem, in keys. */
export const READ_BATCH = 100;
/** Limit of BatchWriteItem, in items. */
export const WRITE_BATCH = 25;
/** Batches under way at a time. */
export const PARALLEL_BATCHES = 4;

/** Rounds in a row in which DynamoDB processed nothing at all. */
const MAX_FRUITLESS = 6;
const BASE_DELAY = 50;
const MAX_DELAY = 1000;

/**
 * Sends a batch until nothing of it is left over. DynamoDB answers 200 with a remainder when it is throttled or the answer
 * grows beyond 16 MB; the SDK does not repeat that. Waits with full jitter, without end as long as there is progress.
 *
 * @param send sends what is given, returns what was not processed
 * @throws {StoreThrottledError} when DynamoDB goes on processing nothing
 */
export async function untilProcessed<T>(
  batch: readonly T[],
  send: (part: readonly T[]) => Promise<readonly T[]>,
): Promise<void> {
  let rest = await send(batch);
  let before = batch.length;
  for (let fruitless = 0; rest.length > 0;) {
    fruitless = rest.length < before ? 0 : fruitless + 1;
    if (fruitless === MAX_FRUITLESS) {
      throw new StoreThrottledError(
        `DynamoDB left ${rest.length} of ${batch.length} items of a batch unprocessed ${fruitless} times in a row`,
      );
    }
    before = rest.length;
    await sleep(Math.random() * Math.min(MAX_DELAY, BASE_DELAY * 2 ** fruitless));
    rest = await send(rest);
  }
}

/** Cuts a list into parts of at most `size`. */
export function partsOf<T>(list: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < list.length; start += size) parts.push(list.slice(start, start + size));
  return parts;
}
