import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { isRowFault, upsertRows, type ChangeRow } from './write-changes.js';
import { changeColumns, type WriteTable } from './write-table.js';

/** Copies rows in COPY text format into a table's columns. Answers how many. */
export async function copyInto(client: pg.ClientBase, table: string, columns: readonly string[], rows: AsyncIterable<Buffer | string> | Iterable<Buffer | string>): Promise<number> {
  const copy = client.query(copyFrom(`copy ${table} (${columns.map((column) => `"${column}"`).join(', ')}) from stdin`));
  await pipeline(Readable.from(rows, { objectMode: false }), copy);
  return copy.rowCount;
}

/** Takes in a whole table of the source, in COPY text format with the table's columns, inside the caller's transaction. Answers its rows. */
export async function writeWhole(client: pg.ClientBase, table: WriteTable, rows: AsyncIterable<Buffer | string>): Promise<number> {
  const stage = `pg_temp."stage_${table.name}"`;
  await client.query(`create temp table "stage_${table.name}" (${changeColumns(table.columns)}) on commit drop`);
  const count = await copyInto(client, stage, table.columns, rows);
  await client.query(`analyze ${stage}`);
  await client.query('savepoint stage');
  try {
    await client.query(table.upsert(`select * from ${stage}`));
  } catch (error) {
    if (!isRowFault(error)) throw error;
    await client.query('rollback to stage');
    await writePages(client, table, stage);
  }
  await client.query('release stage');
  return count;
}

/** Some row is at fault: the stage is taken in page by page, which finds and sets aside such rows. */
async function writePages(client: pg.ClientBase, table: WriteTable, stage: string): Promise<void> {
  for (;;) {
    const page = await client.query<ChangeRow>(`delete from ${stage} where ctid = any (array(select ctid from ${stage} limit 2000)) returning *`);
    if (!page.rows.length) return;
    await upsertRows(client, table, page.rows);
  }
}
