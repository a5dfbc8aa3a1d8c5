import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleWhen, retry, wrap } from 'cockatiel';
import pThrottle from 'p-throttle';
import { Pool, type Dispatcher } from 'undici';
import { LinkedAbort } from '../../domain/linked-abort.js';
import { DipperError } from '../../errors.js';
import { ConnectionLost, RucioDown } from './rucio-error.js';

export interface Call {
  method: 'GET' | 'POST';
  /** From the root of Rucio, each part encoded. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** For what changes Rucio: it goes out one time at most, whatever happens to its answer. */
  once?: boolean;
  /** How the lines of the answer become values, where not as everywhere. */
  parse?: ((text: string) => unknown) | undefined;
}

/** What is told of each request that went out. */
export interface CallReport {
  method: string;
  path: string;
  /** Absent where no answer came. */
  status?: number;
  milliseconds: number;
}

export interface ExchangeOptions {
  url: string;
  /** Longest wait for an answer to begin, and for each further piece of it. */
  timeoutMs: number;
  /** Requests at a time; more wait. */
  maxConcurrency: number;
  /** Requests a second, evenly spread; no limit where it is left out. */
  rate?: number | undefined;
  /** How long Rucio is left alone after it failed again and again; 0 where the caller waits by itself. */
  restMs: number;
  onCall?: ((report: CallReport) => void) | undefined;
}

export type Response = Dispatcher.ResponseData;

export interface Exchange {
  /** One request and its answer, whose body the caller reads or destroys. Throws UPSTREAM_UNAVAILABLE or TIMEOUT. */
  send(call: Call, headers: Readonly<Record<string, string>>): Promise<Response>;
  close(): Promise<void>;
}

const FAILURES_TO_OPEN = 5;
const unavailable = new Set([502, 503, 504]);

/** Sends requests. After a lost connection reads are tried again. After failures in a row it stops asking for a while. */
export function createExchange({ url, timeoutMs, maxConcurrency, rate, restMs, onCall }: ExchangeOptions): Exchange {
  const { origin, pathname } = new URL(url);
  const base = pathname.replace(/\/+$/, '');
  const pool = new Pool(origin, {
    connections: maxConcurrency,
    bodyTimeout: timeoutMs,
    // The wait for headers has its own clock, which counts the wait for a free connection too.
    headersTimeout: 0,
    // Shorter than the 2 s after which gunicorn drops an idle connection.
    keepAliveTimeout: 1000,
  });
  const breaker = circuitBreaker(handleWhen((error) => error instanceof RucioDown), { halfOpenAfter: restMs, breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN) });
  const again = retry(handleWhen((error) => error instanceof ConnectionLost), { maxAttempts: 2, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 }) });
  const policy = restMs === 0 ? again : wrap(again, breaker);
  const paced = rate === undefined ? attempt : pThrottle({ limit: 1, interval: 1000 / rate })(attempt);

  async function attempt({ method, path, query, body, signal }: Call, headers: Readonly<Record<string, string>>): Promise<Response> {
    const stop = new LinkedAbort(signal);
    let isLate = false;
    const clock = setTimeout(() => { isLate = true; stop.abort(); }, timeoutMs);
    const start = performance.now();
    let status: number | undefined;
    try {
      const response = await pool.request({
        method,
        path: base + path + (query ? `?${new URLSearchParams(query)}` : ''),
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
        signal: stop.signal,
      });
      status = response.statusCode;
      response.body.once('close', () => { stop.release(); });
      if (unavailable.has(status)) {
        response.body.on('error', () => undefined).destroy();
        throw new RucioDown('UPSTREAM_UNAVAILABLE', 'Rucio cannot answer now.', { cause: new Error(`HTTP ${status}`) });
      }
      return response;
    } catch (error) {
      stop.release();
      if (signal?.aborted) throw signal.reason;
      if (isLate) throw new RucioDown('TIMEOUT', 'Rucio did not answer in time.', { cause: error });
      throw error instanceof RucioDown ? error : new ConnectionLost(error);
    } finally {
      clearTimeout(clock);
      onCall?.({ method, path, milliseconds: performance.now() - start, ...(status !== undefined && { status }) });
    }
  }

  return {
    async send(call, headers) {
      call.signal?.throwIfAborted();
      try {
        return await (call.once ? breaker : policy).execute(() => paced(call, headers), call.signal);
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw new DipperError('UPSTREAM_UNAVAILABLE', 'Rucio cannot be reached now.', { cause: error });
        throw error;
      }
    },
    close: () => pool.destroy(),
  };
}
