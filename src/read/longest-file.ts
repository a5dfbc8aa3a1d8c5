import { sql } from 'kysely';
import type { SpanColumns } from '../domain/metadata-field.js';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import { fresh } from './fresh.js';
import type { Sql } from './sql.js';

/** Shorter files are not in the index (see datasources/mirror/registry-columns.ts). */
const SHORTEST = `interval '1 hour'`;

const span = ({ start, end }: SpanColumns) => `f."${end}" - f."${start}"`;

/** Whether a file is longer than that, which is an hour at least. */
export const hasLonger = (columns: SpanColumns, longest: Sql): Sql =>
  sql`exists (select from mirror.file f where ${sql.raw(span(columns))} > ${sql.raw(SHORTEST)} and ${sql.raw(span(columns))} > ${longest})`;

/** Seconds that no file is longer than. Twice the longest known: what is longer than that comes as a surprise, and ends a statement (see filter/file-filter.ts). */
export function createLongestFile(pool: MirrorPool, columns: SpanColumns | undefined): () => Promise<number> {
  return fresh(async () => {
    if (!columns) return 0;
    const [row] = await pool.rows<{ seconds: number | null }>(`select extract(epoch from max(${span(columns)}))::float8 as seconds from mirror.file f where ${span(columns)} > ${SHORTEST}`);
    return 2 * Math.max(3600, row?.seconds ?? 0);
  });
}
