/** How long an answer may be used again: such things change rarely, and a change must show within 2 s. */
const FRESH_MS = 1000;

/** Asks at most once a second, or again where an answer does not do, and once at a time; a failure is not remembered. */
export function fresh<T>(load: () => Promise<T>): (does: (value: T) => boolean) => Promise<T> {
  let known: Promise<T> | undefined;
  let staleAt = 0;
  return async (does) => {
    for (;;) {
      const before = known && Date.now() < staleAt ? known : undefined;
      const loading = before ?? load();
      if (!before) {
        known = loading;
        staleAt = Infinity;
        loading.then(() => { staleAt = Date.now() + FRESH_MS; }, () => { if (known === loading) known = undefined; });
      }
      const value = await loading;
      if (!before || does(value)) return value; // one that was asked for just now cannot be newer
      if (known === before) known = undefined;
    }
  };
}
