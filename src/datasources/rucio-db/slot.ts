import type pg from 'pg';
import { DipperError } from '../../errors.js';
import { parseLsn, type Lsn } from './lsn.js';
import { SCHEMA, type SourceTable } from './source-table.js';

/** The stream cannot go on from where the mirror is: a new snapshot is needed. */
export class SnapshotNeeded extends Error {
  override readonly name = 'SnapshotNeeded';
}

/** The publication leaves out what dipper needs: what was changed meanwhile is never streamed. */
export class PublicationCut extends DipperError {
  constructor(message: string) {
    super('INTERNAL', message);
  }
}

/** A moment of the source: all that was committed by `at` lies before `position`. */
export interface Moment {
  at: string;
  position: Lsn;
  flushed: Lsn;
}

/** now() is when the transaction began, so it comes before the position is read. */
export async function readMoment(client: pg.ClientBase): Promise<Moment> {
  const answer = await client.query<{ at: string; position: string; flushed: string }>(
    'select now()::text as at, pg_current_wal_insert_lsn()::text as position, pg_current_wal_flush_lsn()::text as flushed');
  const { at, position, flushed } = answer.rows[0]!;
  return { at, position: parseLsn(position), flushed: parseLsn(flushed) };
}

/** Log that the server keeps for the slot, in bytes, and Postgres's wal_status of it; null where there is no such slot. */
export async function readBacklog(client: pg.ClientBase, slot: string): Promise<{ bytes: string; status: string } | null> {
  const answer = await client.query<{ bytes: string; status: string }>(
    `select coalesce(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), restart_lsn), 0)::bigint::text as bytes, coalesce(wal_status, 'lost') as status
     from pg_replication_slots where slot_name = $1`, [slot]);
  return answer.rows[0] ?? null;
}

/** Makes the source write its log out up to now, where an open transaction or a lazy commit keeps the tail in memory. */
export async function flushLog(client: pg.ClientBase): Promise<void> {
  await client.query(`select pg_logical_emit_message(true, 'dipper', '')`);
}

/**
 * Throws a DipperError with what to do unless the server streams logically, the publication has all of all tables (else a PublicationCut),
 * and these all columns.
 * Makes the publication if there is none, and says so: what was changed before it, no slot streams.
 */
export async function checkSource(client: pg.ClientBase, publication: string, tables: readonly SourceTable[]): Promise<{ readonly isNew: boolean }> {
  const server = await client.query<{ level: string; encoding: string }>(`select current_setting('wal_level') as level, current_setting('server_encoding') as encoding`);
  const { level, encoding } = server.rows[0]!;
  if (level !== 'logical') throw new DipperError('INTERNAL', `Rucio's Postgres has wal_level = ${level}; dipper follows it by logical replication: set wal_level = logical and restart it.`);
  if (encoding === 'SQL_ASCII') throw new DipperError('INTERNAL', "Rucio's database has the encoding SQL_ASCII: nobody can tell what its names are. dipper follows databases with a real one, such as UTF8.");
  await checkColumns(client, tables);
  const found = await client.query<{ insert: boolean; update: boolean; delete: boolean }>('select pubinsert as insert, pubupdate as update, pubdelete as delete from pg_publication where pubname = $1', [publication]);
  if (!found.rows[0]) {
    const sql = `create publication "${publication}" for table ${tables.map(({ name }) => `${SCHEMA}.${name}`).join(', ')}`;
    await client.query(sql).catch((error: unknown) => {
      throw new DipperError('INTERNAL', `Rucio's database has no publication ${publication}, and dipper may not make it. Run there as the tables' owner: ${sql};`, { cause: error });
    });
    return { isNew: true };
  }
  const unpublished = Object.entries(found.rows[0]).filter(([, published]) => !published).map(([operation]) => operation);
  if (unpublished.length) throw new PublicationCut(`The publication ${publication} leaves out each ${unpublished.join(' and ')}. Run in Rucio's database: alter publication "${publication}" set (publish = 'insert, update, delete');`);
  await checkPublished(client, publication, tables);
  return { isNew: false };
}

interface Published { readonly tablename: string; readonly attnames?: readonly string[]; readonly rowfilter?: string | null }

async function checkPublished(client: pg.ClientBase, publication: string, tables: readonly SourceTable[]): Promise<void> {
  // As JSON, for Postgres 14 has neither lists of columns nor filters.
  const answer = await client.query<{ row: Published }>('select to_jsonb(p) as row from pg_publication_tables p where pubname = $1 and schemaname = $2', [publication, SCHEMA]);
  const published = answer.rows.map(({ row }) => row);
  const missing = tables.filter(({ name }) => !published.some(({ tablename }) => tablename === name)).map(({ name }) => `${SCHEMA}.${name}`);
  if (missing.length) throw new PublicationCut(`The publication ${publication} lacks tables. Run in Rucio's database: alter publication "${publication}" add table ${missing.join(', ')};`);
  const cut = tables.filter(({ name, columns }) => {
    const { attnames, rowfilter } = published.find(({ tablename }) => tablename === name)!;
    return Boolean(rowfilter) || (attnames !== undefined && columns.some((column) => !attnames.includes(column)));
  });
  if (cut.length) throw new PublicationCut(`The publication ${publication} has only some columns or rows of ${cut.map(({ name }) => `${SCHEMA}.${name}`).join(', ')}: dipper needs them whole.`);
}

async function checkColumns(client: pg.ClientBase, tables: readonly SourceTable[]): Promise<void> {
  const answer = await client.query<{ name: string; column: string }>(
    'select table_name as name, column_name as column from information_schema.columns where table_schema = $1', [SCHEMA]);
  for (const { name, columns } of tables) {
    const present = answer.rows.filter((row) => row.name === name).map((row) => row.column);
    if (!present.length) throw new DipperError('INTERNAL', `Rucio's database has no table ${SCHEMA}.${name}, or dipper's role may not read it.`);
    const missing = columns.filter((column) => !present.includes(column));
    if (missing.length) throw new DipperError('INTERNAL', `Rucio's table ${SCHEMA}.${name} has no column ${missing.join(', ')}: this version of Rucio is not one that dipper knows.`);
  }
}

/** Server, timeline and database, to tell one source from another: after a failover or a restore, the log before may have held what is no more. */
export async function readIdentity(replication: pg.ClientBase): Promise<string> {
  const answer = await replication.query<{ systemid: string; timeline: number; dbname: string }>('IDENTIFY_SYSTEM');
  const { systemid, timeline, dbname } = answer.rows[0]!;
  return `${systemid}/${timeline}/${dbname}`;
}

/** Throws SnapshotNeeded unless the slot still has everything after the position. */
export async function checkSlot(client: pg.ClientBase, slot: string, position: Lsn): Promise<void> {
  const answer = await client.query<{ confirmed: string | null; status: string | null; database: string | null; here: string }>(
    `select confirmed_flush_lsn::text as confirmed, wal_status as status, database, current_database() as here from pg_replication_slots where slot_name = $1`, [slot]);
  const found = answer.rows[0];
  if (!found) throw new SnapshotNeeded(`Replication slot ${slot} is gone.`);
  if (found.database !== found.here) throw new DipperError('INTERNAL', `Replication slot ${slot} belongs to database ${found.database ?? '(none)'}: give dipper another slot name.`);
  if (found.status === 'lost') throw new SnapshotNeeded(`Replication slot ${slot} has lost part of the log.`);
  if (!found.confirmed || parseLsn(found.confirmed) > position) throw new SnapshotNeeded(`Replication slot ${slot} is ahead of the mirror.`);
}

/** Ends a walsender that still holds the slot: with sync's lock in hand it can only be one that died. */
export async function freeSlot(client: pg.ClientBase, slot: string): Promise<void> {
  await client.query('select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active', [slot]);
}

/** Drops the slot if it is there. */
export async function dropSlot(client: pg.ClientBase, slot: string): Promise<void> {
  await freeSlot(client, slot);
  for (let tries = 0; ; tries += 1) {
    try {
      await client.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [slot]);
      return;
    } catch (error) {
      if (tries === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
