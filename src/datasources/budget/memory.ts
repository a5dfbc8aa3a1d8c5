import { LRUCache } from 'lru-cache';
import { WINDOW_MS, type Buckets } from './bucket.js';

/** Who has not been seen for longest has the fullest budget, and is forgotten first. */
const MOST_KEYS = 100_000;

/** Buckets of this process alone. */
export function createMemoryBuckets(pointsPerMinute: number): Buckets {
  const emptyAt = new LRUCache<string, number>({ max: MOST_KEYS });
  return {
    async take(key, points) {
      const now = performance.now();
      const after = Math.max(now, emptyAt.get(key) ?? 0) + (points / pointsPerMinute) * WINDOW_MS;
      const room = WINDOW_MS - (after - now);
      if (room >= 0) emptyAt.set(key, after);
      return { left: Math.max(0, Math.floor((room / WINDOW_MS) * pointsPerMinute)), waitMs: Math.max(0, -room) };
    },
    close: () => undefined,
  };
}
