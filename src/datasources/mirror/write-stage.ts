import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { isRowFault, upsertRows, type ChangeRow } from './write-changes.js';
import { changeColumns, type WriteTable } from './write-table.js';

const stageOf = (table: WriteTable) => `pg_temp."stage_${table.name}"`;

/** Loads a whole table of the source, in COPY text format with the table's columns, into a stage that lasts as long as the transaction. Answers its rows. */
export async function stageTable(client: pg.ClientBase, table: WriteTable, chunks: AsyncIterable<Buffer | string>): Promise<number> {
  const stage = stageOf(table);
  await client.query(`create temp table "stage_${table.name}" (${changeColumns(table.columns)}) on commit drop`);
  const copy = client.query(copyFrom(`copy ${stage} (${table.columns.map((column) => `"${column}"`).join(', ')}) from stdin`));
  await pipeline(Readable.from(chunks, { objectMode: false }), copy);
  await client.query(`analyze ${stage}`);
  return copy.rowCount;
}

/** Makes the mirror equal to the stages of all tables, inside the caller's transaction. What did not change is not written, and ids stay. */
export async function mergeStages(client: pg.ClientBase, tables: readonly WriteTable[]): Promise<void> {
  await client.query(`set local work_mem = '128MB'`);
  await client.query('delete from mirror.set_aside');
  const filled = await client.query('select from mirror.rse union all select from mirror.file union all select from mirror.collection limit 1');
  if (filled.rowCount) for (const table of tables.toReversed()) await client.query(table.removeAbsent(stageOf(table)));
  for (const table of tables) {
    await mergeStage(client, table);
    await client.query(`drop table ${stageOf(table)}`);
  }
  await client.query('analyze mirror.file, mirror.replica, mirror.collection, mirror.content_file, mirror.content_collection, mirror.rule, mirror.rse');
}

async function mergeStage(client: pg.ClientBase, table: WriteTable): Promise<void> {
  await client.query('savepoint stage');
  try {
    await client.query(table.upsert(`select * from ${stageOf(table)}`));
  } catch (error) {
    if (!isRowFault(error)) throw error;
    await client.query('rollback to stage');
    await mergePages(client, table);
  }
  await client.query('release stage');
}

/** Some row is at fault: take the stage in page by page, which finds and sets aside such rows. */
async function mergePages(client: pg.ClientBase, table: WriteTable): Promise<void> {
  for (;;) {
    const page = await client.query<ChangeRow>(
      `delete from ${stageOf(table)} where ctid = any (array(select ctid from ${stageOf(table)} limit 2000)) returning *`);
    if (!page.rows.length) return;
    await upsertRows(client, table, page.rows);
  }
}
