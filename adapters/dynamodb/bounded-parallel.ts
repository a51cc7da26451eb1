// Runs a task for each item, at most `limit` at once. The first failure ends it: no further item is begun, and it is thrown
// once those under way have ended.
export async function forEachBounded<T>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  async function lane(): Promise<void> {
    try {
      while (next < items.length) await task(items[next++] as T); // next is below the length
    } catch (error) {
      next = items.length;
      throw error;
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane));
  const failed = lanes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
