import { setTimeout as sleep } from 'node:timers/promises';
import type { MetadataField } from '../domain/metadata-field.js';
import { DipperError, errorCatalogue } from '../errors.js';
import { lead } from '../services/sync/lead.js';
import type { Source } from '../services/sync/source.js';
import type { SyncLog } from '../services/sync/sync-log.js';
import type { SyncMetrics } from '../services/sync/sync-metrics.js';

export interface SyncOptions {
  readonly mirrorUrl: string;
  readonly source: Source;
  readonly fields: readonly MetadataField[];
  readonly log: SyncLog;
  readonly metrics?: SyncMetrics | undefined;
  readonly signal: AbortSignal;
  /** Catch up to where the source is now, then end. */
  readonly once?: boolean | undefined;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
const STANDBY_MS = 1_000;

/**
 * Keeps the mirror equal to its source until the signal aborts, or with `once` until it has caught up. Among many processes one
 * leads; the others stand by. Lost connections are made again with growing waits. Throws DipperError where only a person can help:
 * a registry or publication that does not fit, a table or column that is missing; with `once` also if another process leads.
 */
export async function runSync({ mirrorUrl, source, fields, log, metrics, signal, once = false }: SyncOptions): Promise<void> {
  let wait = FIRST_WAIT_MS;
  let standingBy = false;
  while (!signal.aborted) {
    const started = performance.now();
    try {
      const led = await lead({ mirrorUrl, fields, kind: source.kind, log, signal }, async (leader) => {
        standingBy = false;
        log.info({ term: leader.term }, 'this process leads');
        metrics?.leads(true);
        await source.keep(leader, { fields, log, metrics, once }).finally(() => { metrics?.leads(false); });
      });
      if (led) return;
      if (once) throw new DipperError('CONFLICT', 'Another `dipper sync` keeps this mirror already.');
      if (!standingBy) log.info({}, 'another process leads; standing by');
      standingBy = true;
      await sleep(STANDBY_MS, undefined, { signal }).catch(() => undefined);
    } catch (error) {
      if (error instanceof DipperError && (once || !errorCatalogue[error.code].retryable)) throw error;
      if (performance.now() - started > LONGEST_WAIT_MS) wait = FIRST_WAIT_MS;
      metrics?.brokeOff();
      log.warn({ err: error, waitMs: wait }, 'sync broke off; trying again');
      await sleep(wait * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }
}
