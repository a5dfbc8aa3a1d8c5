import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { writeHeartbeat, writeProgress } from '../../datasources/mirror/source.js';
import { writeChanges } from '../../datasources/mirror/write-changes.js';
import { formatLsn, type Lsn } from '../../datasources/rucio-db/lsn.js';
import { flushLog, readMoment } from '../../datasources/rucio-db/slot.js';
import { SourceStream, type StreamOptions } from '../../datasources/rucio-db/stream.js';
import { coalesce } from './coalesce.js';
import { Moments } from './moments.js';
import type { SyncTables } from './tables.js';

const MOMENT_EVERY_MS = 500;
const HEARTBEAT_EVERY_MS = 1_000;

export interface FollowOptions {
  /** The connection that holds sync's lock: all that is written goes through it, so who lost the lock cannot write. */
  readonly mirror: pg.ClientBase;
  /** A second connection to the mirror, for the heartbeat. */
  readonly pulse: pg.ClientBase;
  /** An ordinary connection to Rucio's database. */
  readonly source: pg.ClientBase;
  readonly stream: Omit<StreamOptions, 'tables'>;
  readonly tables: SyncTables;
  /** Ends when the mirror has come to here. */
  readonly until?: Lsn | undefined;
  readonly signal: AbortSignal;
}

interface Watch extends Pick<FollowOptions, 'pulse' | 'source' | 'signal'> {
  readonly stream: SourceStream;
  readonly moments: Moments;
  readonly progress: { at: number };
}

/** Takes note of the source's moments, asks the stream for its position, and keeps the heartbeat while the writer is busy. */
async function watch({ pulse, source, signal, stream, moments, progress }: Watch): Promise<void> {
  let noted = 0;
  let nudged = 0;
  while (!signal.aborted) {
    const now = Date.now();
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
    if (now - progress.at > HEARTBEAT_EVERY_MS && now - stream.heardAt < 5_000) {
      progress.at = now;
      await writeHeartbeat(pulse, stream.behindSince ?? moments.overdue(2_000)?.at ?? null);
    }
    await sleep(moments.any ? 50 : Math.max(10, noted + MOMENT_EVERY_MS - Date.now()), undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Applies Rucio's transactions whole and in order as they are committed, the position in the same transaction of the mirror, until the
 * signal aborts or `until` is reached. Throws SnapshotNeeded if the slot cannot go on from the mirror's position.
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { mirror, tables, until } = options;
  const stream = await SourceStream.open({ ...options.stream, tables: tables.source }, options.source);
  const moments = new Moments();
  const progress = { at: 0 };
  const stop = new AbortController();
  const watching = watch({ ...options, stream, moments, progress, signal: AbortSignal.any([options.signal, stop.signal]) });
  // A watch that fails ends the stream, and the loop below with its reason.
  watching.catch((error: unknown) => { stream.fail(error); });
  try {
    let open = false;
    for await (const batch of stream.batches()) {
      if (!open) await mirror.query('begin');
      open = true;
      if (batch.changes.length) await writeChanges(mirror, tables.mirror, coalesce(batch.changes, tables.source, tables.fields));
      if (batch.position === null) continue;
      await writeProgress(mirror, { position: formatLsn(batch.position), asOf: moments.reachedBy(batch.position), behindSince: stream.waitingSince });
      await mirror.query('commit');
      open = false;
      stream.acknowledge(batch.position);
      progress.at = Date.now();
      if (options.signal.aborted || (until !== undefined && batch.position >= until)) return;
    }
  } finally {
    stop.abort();
    await stream.close();
    await watching.catch(() => undefined);
  }
}
