import { connectRedis } from '../cache/redis-connection.js';
import { WINDOW_MS, type Buckets } from './bucket.js';

/** One value a bucket: when it will be empty. Redis' own clock counts, for those of processes differ. */
const TAKE = `
local time = redis.call('time')
local now = time[1] * 1000 + time[2] / 1000
local after = math.max(now, tonumber(redis.call('get', KEYS[1]) or '0') or 0) + tonumber(ARGV[1])
local room = tonumber(ARGV[2]) - (after - now)
if room >= 0 then redis.call('set', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now) + 1) end
return string.format('%.3f', room)`;

export interface RedisBucketsOptions { readonly url: string; readonly pointsPerMinute: number; readonly prefix: string; readonly spare: Buckets; readonly onTrouble: (error: Error | undefined) => void }

/** Buckets that processes share; where Redis does not answer, those of this process. */
export function createRedisBuckets({ url, pointsPerMinute, prefix, spare, onTrouble }: RedisBucketsOptions): Buckets {
  const connection = connectRedis(url, onTrouble);
  const guarded = connection.guard();
  return {
    async take(key, points) {
      try {
        const room = Number(await guarded(() => connection.client.eval(TAKE, 1, prefix + key, (points / pointsPerMinute) * WINDOW_MS, WINDOW_MS)));
        if (!Number.isFinite(room)) throw new Error('Redis holds something else.');
        return { left: Math.max(0, Math.floor((room / WINDOW_MS) * pointsPerMinute)), waitMs: Math.max(0, -room) };
      } catch {
        return spare.take(key, points);
      }
    },
    close() { connection.close(); },
  };
}
