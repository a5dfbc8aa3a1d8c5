import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Cache } from './cache.js';
import { connectRedis } from './redis-connection.js';

export interface RedisCacheOptions {
  readonly url: string;
  /** All keys begin with it. */
  readonly prefix: string;
  /** Values carry a digest made with it: what others wrote, or what is damaged, is a miss. */
  readonly secret: string;
  readonly seconds: number;
  /** Told when Redis cannot be used, and with undefined when it can again. */
  readonly onTrouble: (error: Error | undefined) => void;
  /** Told how many keys were not looked up because of that. */
  readonly onSkipped: (keys: number) => void;
}

const DIGEST_BYTES = 16;

/** A cache that processes share. A Redis that is down, slow or full costs a few waits of 100 ms, then nothing while it is left alone. */
export function createRedisCache({ url, prefix, secret, seconds, onTrouble, onSkipped }: RedisCacheOptions): Cache {
  const connection = connectRedis(url, onTrouble);
  const { client } = connection;
  // One each: a Redis that is full refuses what is written, and answers.
  const reading = connection.guard();
  const writing = connection.guard();
  const digest = (key: string, value: Buffer) => createHmac('sha256', secret).update(`${key}\0`).update(value).digest().subarray(0, DIGEST_BYTES);

  function opened(key: string, sealed: Buffer | null): Buffer | null {
    if (!sealed || sealed.length < DIGEST_BYTES) return null;
    const value = sealed.subarray(DIGEST_BYTES);
    return timingSafeEqual(sealed.subarray(0, DIGEST_BYTES), digest(key, value)) ? value : null;
  }

  return {
    async getMany(keys) {
      const names = keys.map((key) => prefix + key);
      try {
        const found = await reading(() => client.mgetBuffer(names));
        return names.map((name, at) => {
          const value = opened(name, found[at] ?? null);
          return value && { value, tier: 'redis' };
        });
      } catch {
        onSkipped(keys.length);
        return keys.map(() => null);
      }
    },
    async setMany(entries) {
      try {
        await writing(async () => {
          const pipeline = client.pipeline();
          for (const [key, value] of entries) pipeline.set(prefix + key, Buffer.concat([digest(prefix + key, value), value]), 'PX', seconds * 1000);
          const failed = (await pipeline.exec())?.find(([error]) => error);
          if (failed) throw failed[0]!;
        });
      } catch {
        // Others ask Rucio, then.
      }
    },
    async close() {
      connection.close();
    },
  };
}
