/** Keys or entries in one command. */
const BATCH = 1000;

/** All are of one collection, as the verbs give them. */
export async function inBatches<T>(
  list: readonly T[],
  action: (batch: readonly T[], first: T) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < list.length; start += BATCH) {
    const batch = list.slice(start, start + BATCH);
    const [first] = batch;
    if (first !== undefined) await action(batch, first);
  }
}
