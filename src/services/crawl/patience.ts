import { setTimeout as sleep } from 'node:timers/promises';
import { isDown } from '../../datasources/rucio/rucio-error.js';
import type { SyncLog } from '../sync/sync-log.js';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
const TRIES = 4;

export interface Patience {
  /** Does the work again while Rucio does not answer at all, with growing waits. Other errors go on. */
  wait<T>(work: () => Promise<T>): Promise<T>;
  /** The same; an answer that is wrong is asked for a few times more, then its error goes on. */
  ask<T>(work: () => Promise<T>, tries?: number): Promise<T>;
}

export interface PatienceOptions {
  readonly log: SyncLog;
  readonly signal: AbortSignal;
  /** Told each time before Rucio is asked again. */
  readonly onAgain: () => void;
  /** How long Rucio may be down before its error goes on. */
  readonly downMs: number;
}

export function createPatience({ log, signal, downMs, onAgain }: PatienceOptions): Patience {
  let downSince: number | undefined;

  async function pause(turn: number): Promise<void> {
    await sleep(Math.min(FIRST_WAIT_MS * 2 ** turn, LONGEST_WAIT_MS) * (0.75 + Math.random() / 2), undefined, { signal });
    onAgain();
  }

  async function wait<T>(work: () => Promise<T>): Promise<T> {
    for (let turn = 0; ; turn += 1) {
      try {
        const result = await work();
        if (downSince !== undefined) log.info({ seconds: Math.round((Date.now() - downSince) / 1000) }, 'crawl: Rucio answers again');
        downSince = undefined;
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!isDown(error)) throw error;
        if (downSince === undefined) log.warn({ err: error }, 'crawl: Rucio does not answer; waiting');
        downSince ??= Date.now();
        if (Date.now() - downSince > downMs) throw error;
        await pause(turn);
      }
    }
  }

  return {
    wait,
    async ask(work, tries = TRIES) {
      for (let turn = 0; ; turn += 1) {
        try {
          return await wait(work);
        } catch (error) {
          signal.throwIfAborted();
          if (isDown(error) || turn === tries - 1) throw error;
          await pause(turn);
        }
      }
    },
  };
}
