import { setTimeout as sleep } from 'node:timers/promises';
import { DipperError } from '../errors.js';
import { keepMirror, type SyncOptions } from '../services/sync/keep-mirror.js';

export type { SyncOptions } from '../services/sync/keep-mirror.js';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
const STANDBY_MS = 2_000;

/**
 * Keeps the mirror equal to Rucio's database until the signal aborts, or with `once` until it has caught up. Among many processes one
 * leads; the others stand by. Lost connections are made again with growing waits. Throws DipperError where only a person can help:
 * a registry or publication that does not fit, a table or column that is missing; with `once` also if another process leads.
 */
export async function runSync(options: SyncOptions): Promise<void> {
  const { log, signal, once } = options;
  let wait = FIRST_WAIT_MS;
  let standingBy = false;
  while (!signal.aborted) {
    const started = Date.now();
    try {
      const done = await keepMirror(options, () => { standingBy = false; log.info({}, 'this process leads'); });
      if (done) return;
      if (once) throw new DipperError('CONFLICT', 'Another `dipper sync` keeps this mirror already.');
      if (!standingBy) log.info({}, 'another process leads; standing by');
      standingBy = true;
      await sleep(STANDBY_MS, undefined, { signal }).catch(() => undefined);
    } catch (error) {
      if (error instanceof DipperError) throw error;
      if (Date.now() - started > LONGEST_WAIT_MS) wait = FIRST_WAIT_MS;
      log.warn({ err: error, waitMs: wait }, 'sync broke off; trying again');
      await sleep(wait * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }
}
