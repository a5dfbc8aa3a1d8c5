import type { Buckets } from './bucket.js';
import { createMemoryBuckets } from './memory.js';
import { createRedisBuckets } from './redis.js';

/** Raised when what is kept in Redis changes its meaning. */
const PREFIX = 'dipper:budget:1:';

/** Buckets of so many points a minute, in Redis where there is one; undefined for 0 points, where nothing is counted. */
export function createBuckets({ pointsPerMinute, redisUrl, onTrouble }: { readonly pointsPerMinute: number; readonly redisUrl: string | undefined; readonly onTrouble: (error: Error | undefined) => void }): Buckets | undefined {
  if (pointsPerMinute === 0) return undefined;
  const spare = createMemoryBuckets(pointsPerMinute);
  return redisUrl ? createRedisBuckets({ url: redisUrl, pointsPerMinute, prefix: PREFIX, spare, onTrouble }) : spare;
}
