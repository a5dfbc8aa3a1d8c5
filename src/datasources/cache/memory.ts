import { LRUCache } from 'lru-cache';
import type { Cache } from './cache.js';

/** What an entry takes beside its bytes, in bytes: key, list and buffer. */
const OVERHEAD = 300;

export interface MemoryCacheOptions {
  /** Bytes of all entries; what was not used for longest makes way. */
  readonly bytes: number;
  readonly seconds: number;
}

/** A cache in this process. */
export function createMemoryCache({ bytes, seconds }: MemoryCacheOptions): Cache {
  const entries = new LRUCache<string, Buffer>({ maxSize: bytes, sizeCalculation: (value, key) => value.length + 2 * key.length + OVERHEAD, ttl: seconds * 1000 });
  return {
    async getMany(keys) {
      return keys.map((key) => {
        const value = entries.get(key);
        return value ? { value, tier: 'memory' } : null;
      });
    },
    async setMany(values) {
      // Its own memory: a value from the network is a view of a larger piece, which would stay with it.
      for (const [key, value] of values) entries.set(key, Buffer.from(new Uint8Array(value).buffer));
    },
    async close() { entries.clear(); },
  };
}
