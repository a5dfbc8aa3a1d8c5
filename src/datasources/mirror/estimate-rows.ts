import type pg from 'pg';
import type { RowKind } from '../../domain/row-kind.js';

const tables: Readonly<Record<RowKind, readonly string[]>> = {
  rses: ['rse'], attributes: ['rse_attribute'], protocols: ['rse_protocol'], usage: ['rse_usage'],
  files: ['file'], collections: ['collection'], replicas: ['replica'], contents: ['content_file', 'content_collection'], rules: ['rule'],
};

/** About how many rows of each kind the mirror has, as its statistics say: nothing is read. */
export async function estimateRows(client: pg.ClientBase): Promise<Readonly<Record<RowKind, number>>> {
  const answer = await client.query<{ name: string; rows: number }>(
    `select relname as name, greatest(reltuples, 0) as rows from pg_class where relnamespace = 'mirror'::regnamespace and relkind = 'r'`);
  const rows = new Map(answer.rows.map((row) => [row.name, row.rows]));
  return Object.fromEntries(Object.entries(tables).map(([kind, names]) => [kind, names.reduce((sum, name) => sum + (rows.get(name) ?? 0), 0)])) as Record<RowKind, number>;
}
