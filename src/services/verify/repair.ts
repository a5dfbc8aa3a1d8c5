import { keyColumns, rowKindNames, type RowKind } from '../../domain/row-kind.js';
import { DipperError } from '../../errors.js';
import { removeDangling } from '../../datasources/mirror/dangling.js';
import { deriveAgain } from '../../datasources/mirror/registry-columns.js';
import { readSetAside } from '../../datasources/mirror/read-set-aside.js';
import { mirrorOrigins } from '../../datasources/mirror/row-origins.js';
import { readSource, writeHeartbeat, writeProgress } from '../../datasources/mirror/source.js';
import { recordChanges, recordEverything } from '../../datasources/mirror/write-change-log.js';
import { writeChanges } from '../../datasources/mirror/write-changes.js';
import type { WrongRows } from '../../datasources/mirror/wrong-rows.js';
import { connect } from '../../datasources/postgres/connect.js';
import { readSome, type Row } from '../../datasources/postgres/row-reader.js';
import { exportSnapshot, type ExportedSnapshot } from '../../datasources/rucio-db/export-snapshot.js';
import { readChanges } from '../../datasources/rucio-db/read-changes.js';
import { sourceOrigins } from '../../datasources/rucio-db/row-origins.js';
import { SnapshotNeeded } from '../../datasources/rucio-db/slot.js';
import { coalesce } from '../sync/coalesce.js';
import { follow } from '../sync/follow.js';
import { lead, type Leader } from '../sync/lead.js';
import type { ReplicationOptions } from '../sync/replication-source.js';
import { syncTables } from '../sync/tables.js';
import { compareSome } from './compare-some.js';
import { createDerivedCheck } from './derived-columns.js';
import { inTransaction } from './in-transaction.js';
import { quiet } from './quiet.js';
import type { Repaired } from './report.js';
import type { SidesOptions } from './sides.js';

/** Rucio's tables behind each kind. */
const tablesOf: Readonly<Record<RowKind, readonly string[]>> = {
  rses: ['rses'], attributes: ['rse_attr_map'], protocols: ['rse_protocols'], usage: ['rse_usage'],
  files: ['dids', 'did_meta'], collections: ['dids', 'did_meta'], replicas: ['replicas'], contents: ['contents'], rules: ['rules'],
};

/** Brings the mirror to exactly where the snapshot is. */
async function catchUp(leader: Leader, snapshot: ExportedSnapshot, { rucioDatabaseUrl, slot, publication, fields }: RepairOptions): Promise<void> {
  const { mirror, pulse, term, signal } = leader;
  const state = await readSource(mirror);
  if (state?.state !== 'STREAMING' || state.position === null) throw new DipperError('CONFLICT', 'The mirror cannot be repaired now: `dipper sync` takes a snapshot, which makes it anew.');
  const source = await connect(rucioDatabaseUrl, { purpose: 'watch', answerMs: 10_000, signal });
  try {
    await follow({
      leader, source, tables: syncTables(fields), until: snapshot.position, since: state.asOf, log: quiet,
      stream: { url: rucioDatabaseUrl, slot, publication, from: state.position, signal },
      record: (changes, at) => recordChanges(mirror, changes, at),
      save: (progress) => writeProgress(mirror, term, progress),
      alive: (alive) => writeHeartbeat(pulse, term, alive),
    });
  } catch (error) {
    if (error instanceof SnapshotNeeded) throw new DipperError('CONFLICT', `The mirror cannot be repaired: ${error.message} \`dipper sync\` makes it anew.`, { cause: error });
    throw error;
  }
}

export type RepairOptions = SidesOptions & ReplicationOptions;

/**
 * Makes rows that are wrong in the mirror what Rucio's are, at one position of its log, beside a sync that may run: this process leads
 * meanwhile, follows the stream to exactly that position, and writes only then. What is set aside is tried again.
 */
export async function repair(options: RepairOptions, wrong: WrongRows): Promise<Repaired> {
  const { mirrorUrl, rucioDatabaseUrl, fields, signal } = options;
  const tables = syncTables(fields);
  let rows = 0;
  let left = 0;
  let setAside = 0;
  const led = await lead({ mirrorUrl, fields, kind: 'REPLICATION', log: quiet, signal, takeOver: true }, async (leader) => {
    const snapshot = await exportSnapshot(rucioDatabaseUrl, leader.signal);
    try {
      await catchUp(leader, snapshot, options);
      await wrong.addSetAside();
      await inTransaction(leader, async () => {
        await removeDangling(leader.mirror);
        await recordEverything(leader.mirror); // what the mirror had missed, nobody was told of
      });
      for (const kind of rowKindNames) for await (const keys of wrong.pages(kind)) await inTransaction(leader, () => write(leader, snapshot, kind, keys));
      const rucio = readSome(sourceOrigins, snapshot.reader);
      const mirror = readSome(mirrorOrigins(fields), leader.mirror);
      const derived = createDerivedCheck(fields);
      for (const kind of rowKindNames) for await (const keys of wrong.pages(kind)) {
        const found = await compareSome({ kind, by: keyColumns(kind), values: keys }, { rucio, mirror }, derived);
        rows += keys.length - found.keys.length;
        left += found.keys.length;
      }
      setAside = (await readSetAside(leader.mirror, 0)).count;
    } finally {
      await snapshot.close();
    }
  });
  if (!led) throw new DipperError('CONFLICT', 'The mirror is being migrated, or repaired, by another process. Try again later.');
  signal.throwIfAborted();
  return { rows, left, setAside };

  async function write({ mirror }: Leader, { reader }: ExportedSnapshot, kind: RowKind, keys: readonly Row[]): Promise<void> {
    const changes = [];
    for (const name of tablesOf[kind]) changes.push(...await readChanges(reader, tables.source.find((table) => table.name === name)!, keys));
    await writeChanges(mirror, tables.mirror, coalesce(changes, tables.source, fields));
    // Where the metadata are as they were, sync does not look at what was derived from them.
    if (kind === 'files') await deriveAgain(mirror, fields, keys.map(([scope, name]) => ({ scope: scope!, name: name! })));
  }
}
