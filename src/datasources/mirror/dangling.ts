import type pg from 'pg';

const references = [
  ['replica', 'file_id', 'file'], ['replica', 'rse_id', 'rse'],
  ['content_file', 'collection_id', 'collection'], ['content_file', 'file_id', 'file'],
  ['content_collection', 'collection_id', 'collection'], ['content_collection', 'child_id', 'collection'],
  ['rse_attribute', 'rse_id', 'rse'], ['rse_protocol', 'rse_id', 'rse'], ['rse_usage', 'rse_id', 'rse'],
] as const;

/** Rows that point to a row that is not there: foreign keys forbid it, but a superuser or a broken disk may not ask them. */
export interface Dangling { readonly table: string; readonly column: string; readonly rows: number }

export async function findDangling(client: pg.ClientBase): Promise<Dangling[]> {
  const found: Dangling[] = [];
  for (const [table, column, to] of references) {
    const answer = await client.query<{ count: string }>(`select count(*) from mirror.${table} t where not exists (select from mirror.${to} p where p.id = t.${column})`);
    const rows = Number(answer.rows[0]!.count);
    if (rows) found.push({ table, column, rows });
  }
  return found;
}

/** Removes them, inside the caller's transaction. */
export async function removeDangling(client: pg.ClientBase): Promise<void> {
  for (const [table, column, to] of references) await client.query(`delete from mirror.${table} t where not exists (select from mirror.${to} p where p.id = t.${column})`);
}
