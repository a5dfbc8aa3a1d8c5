import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { countSetAside, type Backlog, type Progress } from '../../datasources/mirror/source.js';
import { changeRses, raiseRsesVersion, writeRows, type ChangeSet } from '../../datasources/mirror/write-changes.js';
import { formatLsn, parseLsn, type Lsn } from '../../datasources/rucio-db/lsn.js';
import { flushLog, readBacklog, readMoment } from '../../datasources/rucio-db/slot.js';
import { SourceStream, type StreamOptions } from '../../datasources/rucio-db/stream.js';
import { coalesce } from './coalesce.js';
import { LinkedAbort } from '../../domain/linked-abort.js';
import type { Leader } from './lead.js';
import { Moments } from './moments.js';
import type { SyncLog } from './sync-log.js';
import type { SyncMetrics } from './sync-metrics.js';
import type { SyncTables } from './tables.js';

const MOMENT_EVERY_MS = 500;
const HEARTBEAT_EVERY_MS = 1_000;
const CHECK_EVERY_MS = 5_000;

export interface FollowOptions {
  readonly leader: Leader;
  /** An ordinary connection to Rucio's database. */
  readonly source: pg.ClientBase;
  readonly stream: Omit<StreamOptions, 'tables' | 'until'>;
  readonly tables: SyncTables;
  /** Ends when the mirror has come exactly to here. */
  readonly until?: Lsn | undefined;
  /** The mirror's asOf: until the source's present has been reached once, something since then may be missing. */
  readonly since: string | null;
  /** Told of changes before they are written, in the same transaction; the position is that of its commit, null where it is not known yet. */
  readonly record?: (changes: ChangeSet, position: string | null) => Promise<void>;
  /** Looks at times whether the source still publishes all that is needed; throws where it does not. */
  readonly check?: () => Promise<void>;
  /** Stores how far it has come, in the transaction that applies it. */
  readonly save: (progress: Progress) => Promise<void>;
  /** Says that the source is still followed, while the writer is busy or idle. */
  readonly alive: (state: { behindSince: string | null; backlog: Backlog | null }) => Promise<void>;
  readonly log: SyncLog;
  readonly metrics?: SyncMetrics | undefined;
}

interface Watch extends Pick<FollowOptions, 'leader' | 'source' | 'alive' | 'check' | 'log' | 'metrics'> {
  /** Since when the mirror may be behind, for all that is known. */
  readonly behindSince: () => string | null;
  readonly slot: string;
  readonly signal: AbortSignal;
  readonly stream: SourceStream;
  readonly moments: Moments;
}

/** Takes note of the source's moments, asks the stream for its position, watches the log that the source keeps, and shows that it is followed. */
async function watch({ leader, source, alive, check, log, metrics, slot, signal, stream, moments, behindSince }: Watch): Promise<void> {
  let noted = -Infinity;
  let nudged = -Infinity;
  let beaten = -Infinity;
  let checked = performance.now();
  let status = 'reserved';
  while (!signal.aborted) {
    const now = performance.now();
    if (now - noted >= MOMENT_EVERY_MS) {
      noted = now;
      moments.add(await readMoment(source));
    }
    const overdue = moments.overdue(1_000);
    // Without a change under way, what holds the stream up can only be log that the server has not written out.
    if (overdue && overdue.flushed < overdue.position && !stream.behindSince && now - nudged > 2_000) {
      nudged = now;
      await flushLog(source);
    }
    stream.ping();
    if (now - beaten >= HEARTBEAT_EVERY_MS && now - stream.heardAt < 5_000) {
      beaten = now;
      const backlog = await readBacklog(source, slot);
      if (backlog && backlog.status !== status) log.warn({ ...backlog, slot }, backlog.status === 'reserved' ? 'the source keeps its log for the mirror again' : 'the source may soon throw away log that the mirror needs');
      status = backlog?.status ?? status;
      metrics?.backlog(backlog && Number(backlog.bytes));
      metrics?.setAside(await countSetAside(leader.pulse));
      await alive({ behindSince: stream.behindSince ?? moments.overdue(2_000)?.at ?? behindSince(), backlog });
    }
    if (now - checked >= CHECK_EVERY_MS) {
      checked = now;
      await check?.();
    }
    await sleep(moments.any ? 50 : Math.max(10, noted + MOMENT_EVERY_MS - performance.now()), undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Applies Rucio's transactions whole and in order as they are committed, the position in the same transaction of the mirror, until the
 * leader's signal aborts or `until` is reached. Throws SnapshotNeeded if the slot cannot go on from the mirror's position.
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { leader, tables, until, since, record, save, source, metrics } = options;
  const { mirror } = leader;
  if (until !== undefined && parseLsn(options.stream.from) >= until) return;
  const stream = await SourceStream.open({ ...options.stream, until, tables: tables.source }, source);
  const moments = new Moments();
  const stop = new LinkedAbort(leader.signal);
  let unsure = since;
  const watching = watch({ ...options, slot: options.stream.slot, stream, moments, behindSince: () => unsure, signal: stop.signal });
  // A watch that fails ends the stream, and the loop below with its reason.
  watching.catch((error: unknown) => { stream.fail(error); });
  try {
    let open = false;
    let rses = false;
    let begun = 0;
    for await (const batch of stream.batches()) {
      if (!open) {
        begun = performance.now();
        await mirror.query('begin');
      }
      open = true;
      if (batch.changes.length) {
        const changes = coalesce(batch.changes, tables.source, tables.fields);
        await record?.(changes, batch.position === null ? null : formatLsn(batch.position));
        await writeRows(mirror, tables.mirror, changes);
        rses ||= changeRses(changes);
        for (const [table, { upserts, removes }] of changes) metrics?.applied(table, upserts.length, removes.length);
      }
      if (batch.position === null) continue;
      const asOf = moments.reachedBy(batch.position);
      if (asOf !== null) unsure = null;
      await save({ position: formatLsn(batch.position), asOf, behindSince: stream.waitingSince ?? unsure });
      if (rses) await raiseRsesVersion(mirror);
      await mirror.query('commit');
      open = rses = false;
      metrics?.committed({ transactions: batch.transactions, seconds: (performance.now() - begun) / 1000 });
      stream.acknowledge(batch.position);
      if (leader.signal.aborted || (until !== undefined && batch.position >= until)) return;
    }
  } finally {
    stop.abort();
    await stream.close();
    await watching.catch(() => undefined);
  }
}
