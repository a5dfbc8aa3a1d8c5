import { createRucio, type Rucio } from '../../datasources/rucio/rucio.js';
import { createPatience, type Patience } from '../crawl/patience.js';
import type { RestOptions } from '../crawl/rest-source.js';
import { quiet } from './quiet.js';

/** Bulk answers take Rucio their time. */
const TIMEOUT_MS = 120_000;
/** How long Rucio may be down meanwhile. */
const DOWN_MS = 20_000;

/** Rucio's REST interface, as the crawl asks it, with the same limits. */
export interface Rest {
  readonly rucio: Rucio;
  readonly patience: Patience;
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

export type RestLogin = Omit<RestOptions, 'pauseSeconds'>;

/** Whoever opens it closes `rucio`. */
export function openRest({ rucio: login, rate, concurrency }: RestLogin, signal: AbortSignal): Rest {
  const rucio = createRucio({ ...login, rate, maxConcurrency: concurrency, timeoutMs: TIMEOUT_MS, restMs: 0 });
  return { rucio, concurrency, signal, patience: createPatience({ rucio, log: quiet, signal, downMs: DOWN_MS, onAgain: () => undefined }) };
}

/** All of a short stream. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
