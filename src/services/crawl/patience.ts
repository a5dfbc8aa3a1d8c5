import { setTimeout as sleep } from 'node:timers/promises';
import type { Rucio } from '../../datasources/rucio/rucio.js';
import { isDown } from '../../datasources/rucio/rucio-error.js';
import { DipperError } from '../../errors.js';
import type { SyncLog } from '../sync/sync-log.js';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
const TRIES = 5;

/** Rucio answers others, and not this: asking for something else may help, waiting does not. */
class NotThis extends DipperError {
  constructor(cause: Error) {
    super('UPSTREAM_UNAVAILABLE', cause.message, { cause });
  }
}

export interface Patience {
  /**
   * Does the work again while Rucio does not answer at all, with growing waits. What is answered wrongly, or alone is not answered, is asked
   * for a few times more, then its error goes on.
   */
  ask<T>(work: () => Promise<T>, tries?: number): Promise<T>;
}

export interface PatienceOptions {
  readonly rucio: Pick<Rucio, 'scopes'>;
  readonly log: SyncLog;
  readonly signal: AbortSignal;
  /** Told each time before Rucio is asked again. */
  readonly onAgain: () => void;
  /** How long Rucio may be down before its error goes on. */
  readonly downMs: number;
}

export function createPatience({ rucio, log, signal, downMs, onAgain }: PatienceOptions): Patience {
  let downSince: number | undefined;

  async function pause(turn: number): Promise<void> {
    await sleep(Math.min(FIRST_WAIT_MS * 2 ** turn, LONGEST_WAIT_MS) * (0.75 + Math.random() / 2), undefined, { signal });
    onAgain();
  }

  /** A question whose answer takes too long, or whose path is refused, looks like a Rucio that is down. */
  async function answersOthers(error: DipperError): Promise<boolean> {
    if (error.code === 'RATE_LIMIT') return false;
    return rucio.scopes({ signal }).then(() => true, () => false);
  }

  function down(error: unknown): void {
    if (downSince === undefined) log.warn({ err: error }, 'crawl: Rucio does not answer; waiting');
    downSince ??= performance.now();
  }

  function up(): void {
    if (downSince !== undefined) log.info({ seconds: Math.round((performance.now() - downSince) / 1000) }, 'crawl: Rucio answers again');
    downSince = undefined;
  }

  return {
    async ask(work, tries = TRIES) {
      // Others may get answers meanwhile: each has its own clock.
      let since: number | undefined;
      for (let waits = 0, failures = 0; ; ) {
        try {
          const result = await work();
          up();
          return result;
        } catch (error) {
          signal.throwIfAborted();
          if (isDown(error) && !await answersOthers(error)) {
            signal.throwIfAborted();
            down(error);
            since ??= performance.now();
            if (performance.now() - since > downMs) throw error;
            await pause(waits++);
            continue;
          }
          since = undefined;
          waits = 0;
          failures += 1;
          if (failures === tries) throw isDown(error) ? new NotThis(error) : error;
          await pause(failures - 1);
        }
      }
    },
  };
}
