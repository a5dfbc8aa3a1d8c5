import type pg from 'pg';
import type { Row } from './row-reader.js';

const BLOCK_BYTES = 8192;

/**
 * Scope and name of `count` rows of a table by chance, or of all where there are fewer. Some blocks for each row that is wanted are picked, and of
 * the rows in them those with the smallest digests: the table is neither read nor sorted as a whole. The same seed gives the same rows
 * as long as the table stays as it is.
 */
export async function sampleKeys(client: pg.ClientBase, { table, where, count, seed }: { table: string; where: string; count: number; seed: number }): Promise<Row[]> {
  const size = await client.query<{ bytes: string }>('select pg_relation_size($1::regclass) as bytes', [table]);
  const blocks = Number(size.rows[0]!.bytes) / BLOCK_BYTES;
  for (let percent = Math.min(100, (300 * count) / Math.max(1, blocks)); ; percent = Math.min(100, percent * 4)) {
    const answer = await client.query<string[]>({
      text: `select scope, name from ${table} tablesample system ($1) repeatable ($2) where ${where} order by hashtextextended(scope || ':' || name, $3), scope, name limit $4`,
      values: [percent, seed, seed, count], rowMode: 'array',
    });
    if (answer.rows.length >= count || percent === 100) return answer.rows;
  }
}
