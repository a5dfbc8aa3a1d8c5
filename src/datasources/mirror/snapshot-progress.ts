import type pg from 'pg';
import { writeAsLeader } from './leadership.js';

/** A snapshot that is being taken, and how far it has come. */
export interface SnapshotProgress {
  /** Of the tables that are filled, as mirrorVersion has it. */
  readonly version: string;
  readonly identity: string;
  /** The stream is needed from here on, and has been applied up to here. */
  readonly position: string;
  /** The rows are as they were here at the latest; null while rows are being read. */
  readonly readTo: string | null;
  /** A moment before `readTo`. */
  readonly asOf: string | null;
  /** Rows of all kinds. */
  readonly rows: string;
  /** Ids of files are given up to this one. */
  readonly files: string;
  /** All files up to this one are read; null before the first. */
  readonly last: { readonly scope: string; readonly name: string } | null;
}

export async function readSnapshot(client: pg.ClientBase): Promise<SnapshotProgress | null> {
  const answer = await client.query<SnapshotProgress>(`
    select version, identity, position::text, read_to::text as "readTo", as_of::text as "asOf", rows::text, files::text,
      case when last_name is not null then json_build_object('scope', last_scope, 'name', last_name) end as last
    from mirror.snapshot`);
  return answer.rows[0] ?? null;
}

/** Stores how far it has come, in the transaction that brings the rows. */
export async function writeSnapshot(client: pg.ClientBase, term: string, { version, identity, position, readTo, asOf, rows, files, last }: SnapshotProgress): Promise<void> {
  await writeAsLeader(client, term, 'checked_at = now()');
  await client.query(
    `insert into mirror.snapshot (version, identity, position, read_to, as_of, rows, files, last_scope, last_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (singleton) do update set (version, identity, position, read_to, as_of, rows, files, last_scope, last_name) =
       (excluded.version, excluded.identity, excluded.position, excluded.read_to, excluded.as_of, excluded.rows, excluded.files, excluded.last_scope, excluded.last_name)`,
    [version, identity, position, readTo, asOf, rows, files, last?.scope ?? null, last?.name ?? null]);
}

/** Forgets a snapshot: it has become the mirror, or is of no use. */
export async function forgetSnapshot(client: pg.ClientBase): Promise<void> {
  await client.query('delete from mirror.snapshot');
}
