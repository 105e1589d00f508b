// Many requests at a time: enough to fill a batch of the store, few enough to leave others their turn.

const parallel = 64;

/** Works on all items, `parallel` at a time, whatever fails; then throws the first error. */
export async function forEachInParallel<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const errors: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < queue.length) {
      try {
        await work(queue[next++]!);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, queue.length) }, worker));
  if (errors.length > 0) throw errors[0];
}
