/** How long an answer may be used again: such things change rarely, and a change must show within 2 s. */
const FRESH_MS = 1000;

/** Asks at most once a second, and once at a time; a failure is not remembered. */
export function fresh<T>(load: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  let staleAt = 0;
  return () => {
    if (known && Date.now() < staleAt) return known;
    staleAt = Infinity;
    const loading = load();
    loading.then(() => { staleAt = Date.now() + FRESH_MS; }, () => { known = undefined; });
    known = loading;
    return loading;
  };
}
