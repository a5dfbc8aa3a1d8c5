import type pg from 'pg';
import { NEXT } from './next-schema.js';
import { writeRows, type ChangeRow, type ChangeSet } from './write-changes.js';
import type { WriteTable } from './write-table.js';

const PAGE = 2_000;

export interface LateRow {
  /** Rucio's name of the table. */
  readonly table: string;
  readonly row: ChangeRow;
}

/** Keeps rows of a snapshot that cannot simply be copied for the time when the tables have their keys. */
export async function keepLate(client: pg.ClientBase, rows: readonly LateRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += PAGE) {
    const page = rows.slice(at, at + PAGE);
    // A row with a NUL byte cannot come this way: Rucio's Postgres cannot hold one.
    await client.query(`insert into ${NEXT}.late (source_table, "row") select * from unnest($1::text[], $2::text[])`, [page.map(({ table }) => table), page.map(({ row }) => JSON.stringify(row))]);
  }
}

/** Takes a page of them in as the stream's rows are, with what does not fit set aside; inside the caller's transaction. False when there are none left. */
export async function writeLate(client: pg.ClientBase, tables: readonly WriteTable[]): Promise<boolean> {
  const page = await client.query<{ source_table: string; row: string }>(
    `delete from ${NEXT}.late where id in (select id from ${NEXT}.late order by id limit ${PAGE}) returning source_table, "row"`);
  const changes: ChangeSet = new Map(tables.map(({ name }) => [name, {
    upserts: page.rows.filter((one) => one.source_table === name).map(({ row }) => JSON.parse(row) as ChangeRow), removes: [],
  }]));
  await writeRows(client, tables, changes);
  return page.rows.length > 0;
}
