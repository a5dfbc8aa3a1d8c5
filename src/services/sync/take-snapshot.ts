import type pg from 'pg';
import { writeAsLeader } from '../../datasources/mirror/leadership.js';
import { createNext, dropOld, indexNext, keepRses, NEXT, nextExists, presetRses, swapNext } from '../../datasources/mirror/next-schema.js';
import { mirrorVersion } from '../../datasources/mirror/mirror-version.js';
import { forgetSnapshot, readSnapshot, writeSnapshot, type SnapshotProgress } from '../../datasources/mirror/snapshot-progress.js';
import { recordEverything } from '../../datasources/mirror/write-change-log.js';
import { beginSnapshot, writeProgress, writeSnapshotHeartbeat } from '../../datasources/mirror/source.js';
import { didColumns } from '../../datasources/mirror/write-dids.js';
import { writeLate } from '../../datasources/mirror/write-late.js';
import type { WriteTable } from '../../datasources/mirror/write-table.js';
import { writeWhole } from '../../datasources/mirror/write-whole.js';
import { connect, disconnect } from '../../datasources/postgres/connect.js';
import { copyLines, copyRows, readCell, writeCell } from '../../datasources/postgres/copy-rows.js';
import { createSlot } from '../../datasources/rucio-db/create-slot.js';
import { formatLsn, parseLsn } from '../../datasources/rucio-db/lsn.js';
import { checkSlot, readBacklog, readMoment, SnapshotNeeded } from '../../datasources/rucio-db/slot.js';
import { SCHEMA } from '../../datasources/rucio-db/source-table.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { copyFilePage } from './copy-files.js';
import { Deafness } from './deafness.js';
import { metadataColumns } from './did-row.js';
import { follow } from './follow.js';
import type { Leader } from './lead.js';
import { readPages } from './read-pages.js';
import { SnapshotReport } from './snapshot-report.js';
import type { SyncLog } from './sync-log.js';
import type { SyncMetrics } from './sync-metrics.js';
import { syncTables, type SyncTables } from './tables.js';

const PAGE = 20_000;
const HEARTBEAT_MS = 1_000;

export interface SnapshotOptions {
  readonly leader: Leader;
  /** An ordinary connection to Rucio's database. */
  readonly source: pg.ClientBase;
  readonly rucioDatabaseUrl: string;
  readonly slot: string;
  readonly publication: string;
  readonly identity: string;
  readonly fields: readonly MetadataField[];
  readonly log: SyncLog;
  readonly metrics: SyncMetrics | undefined;
}

const collectionQuery = `select ${didColumns.map((column) => `d.${column}`).join(', ')}, m.meta from dids d left join did_meta m on m.scope = d.scope and m.name = d.name where d.did_type <> 'F'`;

/** Rows of collections with their metadata, the last column, spread over the mirror's columns. */
async function* collectionRows(reader: pg.Client, table: WriteTable, fields: readonly MetadataField[]): AsyncGenerator<string> {
  const added = table.columns.slice(didColumns.length);
  for await (const page of copyLines(reader, collectionQuery)) {
    let text = '';
    for (const line of page) {
      const cut = line.lastIndexOf('\t');
      const columns: Readonly<Record<string, string | null>> = { ...metadataColumns(fields, readCell(line.slice(cut + 1))), has_did: 'true' };
      text += line.slice(0, cut);
      for (const column of added) text += `\t${writeCell(columns[column])}`;
      text += '\n';
    }
    yield text;
  }
}

/** Takes in whole what is small, or needed to read the files: RSEs, collections and what they are in, rules. Answers the rows. */
async function copyEarly(reader: pg.Client, mirror: pg.ClientBase, tables: SyncTables): Promise<number> {
  let rows = 0;
  await presetRses(mirror);
  await keepRses(mirror, (await reader.query<{ id: string }>('select id from rses')).rows.map(({ id }) => id));
  for (const table of tables.mirror) {
    if (table.name === 'replicas') continue;
    const source = table.name === 'dids' ? collectionRows(reader, table, tables.fields)
      : copyRows(reader, `select ${table.columns.map((column) => `"${column}"`).join(', ')} from "${table.name}" ${table.name === 'contents' ? "where child_type is distinct from 'F'" : ''}`);
    rows += await writeWhole(mirror, table, source);
  }
  return rows;
}

async function rseIds(mirror: pg.ClientBase): Promise<Map<string, number>> {
  const answer = await mirror.query<{ rse_id: string; id: number }>(`select rse_id, id from ${NEXT}.rse`);
  return new Map(answer.rows.map(({ rse_id, id }) => [rse_id, id]));
}

/** A connection that reads Rucio's tables; each transaction sees one state. It stands among `readers` as long as it lives. */
async function openReader(url: string, signal: AbortSignal, readers: pg.Client[]): Promise<pg.Client> {
  const reader = await connect(url, { purpose: 'snapshot', signal });
  readers.push(reader);
  reader.once('end', () => { readers.splice(readers.indexOf(reader), 1); });
  await reader.query(`set search_path = ${SCHEMA}`);
  await reader.query('set default_transaction_isolation = "repeatable read"');
  await reader.query('set default_transaction_read_only = on');
  return reader;
}

async function inTransaction<T>(clients: readonly pg.ClientBase[], work: () => Promise<T>): Promise<T> {
  for (const client of clients) await client.query('begin');
  const result = await work();
  for (const client of clients) await client.query('commit');
  return result;
}

/** What is there of an earlier try; null where it is of no use. */
async function resumable({ leader: { mirror }, source, slot, identity }: SnapshotOptions): Promise<SnapshotProgress | null> {
  const before = await readSnapshot(mirror);
  if (!before || before.identity !== identity || before.version !== (await mirrorVersion(mirror)) || !await nextExists(mirror)) return null;
  try {
    await checkSlot(source, slot, parseLsn(before.position));
    return before;
  } catch (error) {
    if (error instanceof SnapshotNeeded) return null;
    throw error;
  }
}

async function begin(options: SnapshotOptions, tables: SyncTables, open: () => Promise<pg.Client>): Promise<SnapshotProgress> {
  const { leader: { mirror, term, signal }, source, rucioDatabaseUrl, slot, log } = options;
  await forgetSnapshot(mirror);
  const files = await createNext(mirror);
  const version = await mirrorVersion(mirror);
  const slow = setTimeout(() => { log.info({ slot }, "snapshot: the replication slot waits until the transactions that are under way in Rucio's database have ended"); }, 5_000);
  // One that another has taken the lead from must not drop the slot of its successor.
  const { identity, position } = await createSlot(source, rucioDatabaseUrl, slot, () => writeAsLeader(mirror, term, 'term = term'), signal).finally(() => { clearTimeout(slow); });
  const reader = await open();
  const progress = await inTransaction([reader, mirror], async () => {
    const rows = await copyEarly(reader, mirror, tables);
    const first = { version, identity, position, readTo: null, asOf: null, rows: String(rows), files, last: null };
    await writeSnapshot(mirror, term, first);
    return first;
  });
  await disconnect(reader);
  return progress;
}

/** Takes in the files page by page; each page is a transaction of its own at the mirror. */
async function copyFiles({ leader: { mirror, term, signal }, source, fields }: SnapshotOptions, open: () => Promise<pg.Client>, from: SnapshotProgress, report: SnapshotReport): Promise<SnapshotProgress> {
  const options = { mirror, fields, rses: await rseIds(mirror) };
  let progress = from;
  for await (const page of readPages(open, from.last, PAGE)) {
    signal.throwIfAborted();
    progress = await inTransaction([mirror], async () => {
      const { rows, files } = await copyFilePage(options, page, Number(progress.files));
      const moment = page.last ? null : await readMoment(source);
      const next = {
        ...progress, last: page.last ?? progress.last, rows: String(Number(progress.rows) + rows), files: String(files),
        ...(moment && { readTo: formatLsn(moment.position), asOf: moment.at }),
      };
      await writeSnapshot(mirror, term, next);
      return next;
    });
    report.rows(progress);
  }
  return progress;
}

/**
 * Makes the mirror equal to Rucio's database at one commit. All tables are filled anew beside those that serve, page by page, then
 * indexed, then brought up by the stream of a slot that was made before the first page was read, and swapped in. Goes on where an
 * earlier try ended. Memory stays bounded.
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<void> {
  const { leader, source, slot, fields, log, metrics, rucioDatabaseUrl } = options;
  const { mirror, pulse, term } = leader;
  await beginSnapshot(mirror, term);
  await dropOld(mirror);
  const report = await SnapshotReport.open(source, log, metrics);
  const readers: pg.Client[] = [];
  const deafness = new Deafness();
  const beat = setInterval(() => {
    // The leader's own signs of life fail, too; and what reads finds its connection ended.
    readBacklog(source, slot).then((backlog) => writeSnapshotHeartbeat(pulse, term, backlog)).catch(() => undefined);
    deafness.look(source, readers).catch(() => undefined);
  }, HEARTBEAT_MS);
  const open = () => openReader(rucioDatabaseUrl, leader.signal, readers);
  const tables = syncTables(fields, NEXT);
  try {
    const before = await resumable(options);
    if (before) log.info({ rows: before.rows }, 'snapshot: goes on where it ended');
    let progress = before ?? (await begin(options, tables, open));
    report.rows(progress);
    if (progress.readTo === null) progress = await copyFiles(options, open, progress, report);
    await Promise.all(readers.map((reader) => disconnect(reader)));
    const second = await leader.connect('index');
    await indexNext([mirror, second], (left) => { report.indexed(left); }).finally(() => disconnect(second));
    while (await inTransaction([mirror], () => writeLate(mirror, tables.mirror)));
    progress = await catchUp(options, tables, progress);
    await swapNext(mirror, leader.signal, async () => {
      if (await mirrorVersion(mirror) !== progress.version) throw new SnapshotNeeded('The mirror was migrated while a snapshot was taken.');
      await forgetSnapshot(mirror);
      await recordEverything(mirror);
      // What was changed while the tables got their indexes is on its way; since when, the stream will tell.
      await writeProgress(mirror, term, { position: progress.position, asOf: progress.asOf, behindSince: progress.asOf });
      await mirror.query('update mirror.source set identity = $1, rses_version = rses_version + 1', [progress.identity]);
    });
    report.done(progress);
  } finally {
    clearInterval(beat);
    for (const reader of [...readers]) await disconnect(reader);
  }
}

/** Applies what was committed while the rows were read. */
async function catchUp({ leader, source, rucioDatabaseUrl, slot, publication, log, metrics }: SnapshotOptions, tables: SyncTables, from: SnapshotProgress): Promise<SnapshotProgress> {
  let progress = from;
  const readTo = parseLsn(from.readTo!);
  await follow({
    leader, source, tables, until: readTo, since: null, log, metrics, stream: { url: rucioDatabaseUrl, slot, publication, from: from.position, signal: leader.signal },
    save: async ({ position }) => {
      progress = { ...progress, position };
      await writeSnapshot(leader.mirror, leader.term, progress);
    },
    alive: ({ backlog }) => writeSnapshotHeartbeat(leader.pulse, leader.term, backlog),
  });
  return progress;
}
