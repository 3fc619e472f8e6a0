/**
 * `Promise.all` over at most `limit` calls at a time. Results keep the order. The first fault stops further calls; it is
 * reported when those under way have ended, so that nothing goes on behind the back of the caller.
 */
export async function mapLimit<T, R>(items: readonly T[], limit: number, call: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const faults: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (faults.length === 0 && next < items.length) {
      const index = next++;
      try {
        results[index] = await call(items[index] as T);
      } catch (error) {
        faults.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (faults.length > 0) throw faults[0];
  return results;
}
