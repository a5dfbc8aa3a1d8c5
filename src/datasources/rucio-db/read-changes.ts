import type pg from 'pg';
import type { SourceChange } from './messages.js';
import { SCHEMA, type SourceTable } from './source-table.js';

/** The present rows of these keys as changes, as the stream would bring them: an upsert of a row that is there, a delete of one that is not. */
export async function readChanges(client: pg.ClientBase, { name, key, columns }: SourceTable, keys: readonly (readonly (string | null)[])[]): Promise<SourceChange[]> {
  const named = keys.map((values) => Object.fromEntries(key.map((column, at) => [column, values[at] ?? null])));
  // The table itself knows the types of its keys.
  const answer = await client.query<Record<string, string | null>>(
    `select ${columns.map((column) => `t."${column}"::text`).join(', ')} from json_populate_recordset(null::${SCHEMA}."${name}", $1::json) k
     join ${SCHEMA}."${name}" t on ${key.map((column) => `t."${column}" = k."${column}"`).join(' and ')}`, [JSON.stringify(named)]);
  const idOf = (row: Readonly<Record<string, string | null>>) => JSON.stringify(key.map((column) => row[column]));
  const rows = new Map(answer.rows.map((row) => [idOf(row), row]));
  return named.map((row) => {
    const found = rows.get(idOf(row));
    return { table: name, op: found ? 'upsert' : 'delete', row: found ?? row, unchanged: [] };
  });
}
