/** Works on several items at a time; the results come in the order of the items. */
export async function* mapAhead<T, R>(items: AsyncIterable<T> | Iterable<T>, atATime: number, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const one = work(item);
    // Its failure is told in its turn; until then it must not count as one that nobody looks at.
    one.catch(() => undefined);
    running.push(one);
    if (running.length >= atATime) yield await running.shift()!;
  }
  while (running.length > 0) yield await running.shift()!;
}
