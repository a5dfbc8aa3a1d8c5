import { dropSnapshots } from '../../datasources/mirror/next-schema.js';
import { beginSnapshot, readSource, writeHeartbeat, writeProgress } from '../../datasources/mirror/source.js';
import { forgetSnapshot } from '../../datasources/mirror/snapshot-progress.js';
import { recordChanges } from '../../datasources/mirror/write-change-log.js';
import { connect, disconnect } from '../../datasources/postgres/connect.js';
import { parseLsn } from '../../datasources/rucio-db/lsn.js';
import { ColumnMissing } from '../../datasources/rucio-db/messages.js';
import { checkSlot, checkSource, PublicationCut, readIdentity, readMoment, SnapshotNeeded } from '../../datasources/rucio-db/slot.js';
import { follow } from './follow.js';
import type { Leader } from './lead.js';
import type { KeepOptions, Source } from './source.js';
import { syncTables } from './tables.js';
import { takeSnapshot } from './take-snapshot.js';

export interface ReplicationOptions {
  readonly rucioDatabaseUrl: string;
  /** Replication slot in Rucio's database; one for each mirror. */
  readonly slot: string;
  readonly publication: string;
}

/** The log was written before the publication was: no slot reads past that. */
const lacksPublication = (error: unknown) => (error as { code?: unknown }).code === '42704';

/** Rucio's own database, by a snapshot and its stream of changes: the mirror equals it at some commit, always. */
export function replicationSource({ rucioDatabaseUrl, slot, publication }: ReplicationOptions): Source {
  async function keep(leader: Leader, { fields, log, metrics, once }: KeepOptions): Promise<void> {
    const { mirror, pulse, term, signal } = leader;
    const tables = syncTables(fields);
    const source = await connect(rucioDatabaseUrl, { purpose: 'watch', answerMs: 10_000, signal });
    /** Whether the publication had to be made. */
    const check = async () => (await checkSource(source, publication, tables.source).catch(async (error: unknown) => {
      // When it is whole again, only a snapshot finds what was not streamed.
      if (error instanceof PublicationCut) await beginSnapshot(pulse, term);
      throw error;
    })).isNew;
    const isNew = await check();
    const walsender = await connect(rucioDatabaseUrl, { purpose: 'identity', replication: true, answerMs: 10_000, signal });
    const identity = await readIdentity(walsender);
    await disconnect(walsender);
    const until = once ? (await readMoment(source)).position : undefined;

    const remade = () => new SnapshotNeeded(`The publication ${publication} was made anew.`);
    /** Why the stream cannot go on, or null. */
    async function whySnapshot(): Promise<string | null> {
      const before = await readSource(mirror);
      if (!before?.position) return 'The mirror is empty.';
      if (identity !== before.identity) return "Rucio's database is another one than before.";
      if (isNew) return remade().message;
      if (before.state === 'SNAPSHOT') return 'A snapshot was under way.';
      try {
        await checkSlot(source, slot, parseLsn(before.position));
        return null;
      } catch (error) {
        if (error instanceof SnapshotNeeded) return error.message;
        throw error;
      }
    }

    for (let reason = await whySnapshot(); ; ) {
      try {
        if (reason) {
          log.warn({ reason }, 'snapshot: begins');
          await takeSnapshot({ leader, source, rucioDatabaseUrl, slot, publication, identity, fields, log, metrics });
        }
        else await dropSnapshots(mirror);
        const { position, asOf } = (await readSource(mirror))! as { position: string; asOf: string | null };
        log.info({ position }, 'streaming from here');
        await follow({
          leader, source, tables, until, since: asOf, log, metrics, stream: { url: rucioDatabaseUrl, slot, publication, from: position, signal },
          record: (changes, at) => recordChanges(mirror, changes, at),
          check: async () => { if (await check()) throw remade(); },
          save: (progress) => writeProgress(mirror, term, progress),
          alive: (state) => writeHeartbeat(pulse, term, state),
        });
        return;
      } catch (error) {
        if (!(error instanceof SnapshotNeeded) && !(error instanceof ColumnMissing) && !lacksPublication(error)) throw error;
        // Where the column has come back since, what changed without it cannot be streamed.
        if (error instanceof ColumnMissing) await checkSource(source, publication, tables.source).catch(() => { throw error; });
        await mirror.query('rollback');
        await forgetSnapshot(mirror); // what cannot be followed is of no use
        reason = (error as Error).message;
      }
    }
  }
  return { kind: 'REPLICATION', keep };
}
