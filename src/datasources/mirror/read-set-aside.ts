import type pg from 'pg';

export interface RowSetAside {
  /** Rucio's name of its table. */
  readonly table: string;
  /** Its key there, as a JSON array. */
  readonly key: string;
  readonly reason: string;
}

/** How many of the source's rows could not be taken in, and the first of them. */
export async function readSetAside(client: pg.ClientBase, limit: number): Promise<{ count: number; rows: RowSetAside[] }> {
  const count = await client.query<{ count: string }>('select count(*) from mirror.set_aside');
  const answer = await client.query<RowSetAside>('select source_table as "table", key, reason from mirror.set_aside order by source_table, key collate "C" limit $1', [limit]);
  return { count: Number(count.rows[0]!.count), rows: answer.rows };
}
