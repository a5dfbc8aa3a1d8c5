import { registryDigest } from '../../datasources/mirror/registry-columns.js';
import { checkRegistry, readSource, takeLeadership, writeHeartbeat } from '../../datasources/mirror/source.js';
import { connect, disconnect } from '../../datasources/postgres/connect.js';
import { parseLsn } from '../../datasources/rucio-db/lsn.js';
import { checkSlot, checkSource, readIdentity, readMoment, SnapshotNeeded } from '../../datasources/rucio-db/slot.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { follow } from './follow.js';
import type { SyncLog } from './sync-log.js';
import { syncTables } from './tables.js';
import { takeSnapshot } from './take-snapshot.js';

export interface SyncOptions {
  readonly mirrorUrl: string;
  readonly rucioDatabaseUrl: string;
  /** Replication slot in Rucio's database; one for each mirror. */
  readonly slot: string;
  readonly publication: string;
  readonly fields: readonly MetadataField[];
  readonly log: SyncLog;
  readonly signal: AbortSignal;
  /** Catch up to where the source is now, then end. */
  readonly once?: boolean | undefined;
}

/** One try at keeping the mirror: until the signal aborts, `once` is fulfilled (both answer true), or something breaks. False if another process leads. */
export async function keepMirror({ mirrorUrl, rucioDatabaseUrl, slot, publication, fields, log, signal, once }: SyncOptions, onLead: () => void): Promise<boolean> {
  const tables = syncTables(fields);
  // Whatever breaks, all connections of this try end with it.
  const attempt = new AbortController();
  const within = { signal: AbortSignal.any([signal, attempt.signal]) };
  let beat: NodeJS.Timeout | undefined;
  try {
    const mirror = await connect(mirrorUrl, { purpose: 'sync', ...within });
    await checkRegistry(mirror, registryDigest(fields));
    if (!(await takeLeadership(mirror))) return false;
    onLead();
    const pulse = await connect(mirrorUrl, { purpose: 'heartbeat', answerMs: 10_000, ...within });
    const source = await connect(rucioDatabaseUrl, { purpose: 'watch', answerMs: 10_000, ...within });
    await checkSource(source, publication, tables.source);
    const until = once ? (await readMoment(source)).position : undefined;

    for (let reason = await whySnapshot(); ; ) {
      if (reason) {
        log.warn({ reason }, 'snapshot: begins');
        beat = setInterval(() => { writeHeartbeat(pulse, null).catch((error: unknown) => { attempt.abort(error); }); }, 1_000);
        await takeSnapshot(mirror, rucioDatabaseUrl, slot, tables, log, within.signal);
        clearInterval(beat);
      }
      const position = (await readSource(mirror))!.position!;
      log.info({ position }, 'streaming from here');
      try {
        await follow({ mirror, pulse, source, tables, until, signal: within.signal, stream: { url: rucioDatabaseUrl, slot, publication, from: position, ...within } });
        return true;
      } catch (error) {
        if (!(error instanceof SnapshotNeeded)) throw error;
        await mirror.query('rollback');
        reason = error.message;
      }
    }

    async function whySnapshot(): Promise<string | null> {
      const before = await readSource(mirror);
      if (!before?.position) return 'The mirror is empty.';
      const walsender = await connect(rucioDatabaseUrl, { purpose: 'identity', replication: true, answerMs: 10_000, ...within });
      const identity = await readIdentity(walsender);
      await disconnect(walsender);
      if (identity !== before.identity) return "Rucio's database is another one than before.";
      try {
        await checkSlot(source, slot, parseLsn(before.position));
        return null;
      } catch (error) {
        if (error instanceof SnapshotNeeded) return error.message;
        throw error;
      }
    }
  } catch (error) {
    if (signal.aborted) return true;
    throw attempt.signal.aborted ? attempt.signal.reason : error;
  } finally {
    clearInterval(beat);
    attempt.abort();
  }
}
