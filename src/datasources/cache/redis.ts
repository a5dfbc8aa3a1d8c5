import { createHmac, timingSafeEqual } from 'node:crypto';
import { circuitBreaker, ConsecutiveBreaker, handleAll, timeout, TimeoutStrategy } from 'cockatiel';
import { Redis } from 'ioredis';
import type { Cache } from './cache.js';

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

/** Redis is no use where Rucio itself would be asked as fast. */
const PATIENCE_MS = 100;
const FAILURES = 3;
const REST_MS = 2_000;
const DIGEST_BYTES = 16;

/** A cache that processes share. A Redis that is down, slow or full costs a few waits of 100 ms, then nothing while it is left alone. */
export function createRedisCache({ url, prefix, secret, seconds, onTrouble, onSkipped }: RedisCacheOptions): Cache {
  const client = new Redis(url, {
    connectTimeout: 2_000, socketTimeout: 2_000, enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(100 * 2 ** times, REST_MS), connectionName: 'dipper', disableClientInfo: true,
  });
  let troubled = false;
  const trouble = (error: Error | undefined) => {
    if (troubled !== Boolean(error)) onTrouble(error);
    troubled = Boolean(error);
  };
  let isClosing = false;
  client.on('error', trouble).on('ready', () => { trouble(undefined); }).on('close', () => { if (!isClosing) trouble(new Error('The connection to Redis ended.')); });
  const guard = () => {
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(FAILURES) });
    breaker.onBreak((failure) => { trouble('error' in failure ? failure.error : new Error('Redis does not answer.')); });
    breaker.onReset(() => { trouble(undefined); });
    const patience = timeout(PATIENCE_MS, TimeoutStrategy.Aggressive);
    return <T>(work: () => Promise<T>): Promise<T> => {
      // While the connection is being made again there is nothing to wait for.
      if (client.status !== 'ready') throw new Error('There is no connection to Redis.');
      return breaker.execute(() => patience.execute(work));
    };
  };
  // One each: a Redis that is full refuses what is written, and answers.
  const reading = guard();
  const writing = guard();
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
      isClosing = true;
      client.disconnect();
    },
  };
}
