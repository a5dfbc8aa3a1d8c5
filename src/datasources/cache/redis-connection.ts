import { circuitBreaker, ConsecutiveBreaker, handleAll, timeout, TimeoutStrategy } from 'cockatiel';
import { Redis } from 'ioredis';

/** Redis is no use where what it saves would be done as fast. */
const PATIENCE_MS = 100;
const FAILURES = 3;
const REST_MS = 2_000;

export interface RedisConnection {
  readonly client: Redis;
  /** Makes a guard: what goes through it takes 100 ms at most, and fails at once while Redis is left alone. */
  guard(): <T>(work: () => Promise<T>) => Promise<T>;
  close(): void;
}

/** A connection that is never waited for. `onTrouble` is told when Redis cannot be used, and with undefined when it can again. */
export function connectRedis(url: string, onTrouble: (error: Error | undefined) => void): RedisConnection {
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
  return {
    client,
    guard() {
      const breaker = circuitBreaker(handleAll, { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(FAILURES) });
      breaker.onBreak((failure) => { trouble('error' in failure ? failure.error : new Error('Redis does not answer.')); });
      breaker.onReset(() => { trouble(undefined); });
      const patience = timeout(PATIENCE_MS, TimeoutStrategy.Aggressive);
      return (work) => {
        // While the connection is being made again there is nothing to wait for.
        if (client.status !== 'ready') throw new Error('There is no connection to Redis.');
        return breaker.execute(() => patience.execute(work));
      };
    },
    close() {
      isClosing = true;
      client.disconnect();
    },
  };
}
