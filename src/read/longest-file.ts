import { sql } from 'kysely';
import type { SpanColumns } from '../domain/metadata-field.js';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import { fresh } from './fresh.js';
import type { Sql } from './sql.js';

/** Shorter files are not in the index (see datasources/mirror/registry-columns.ts). */
const SHORTEST = `interval '10 minutes'`;

const span = ({ start, end }: SpanColumns) => `f."${end}" - f."${start}"`;

/** Length of the longest file, of those that are longer than ten minutes: one step into the index. */
const longest = (columns: SpanColumns) => `(select max(${span(columns)}) from mirror.file f where ${span(columns)} > ${SHORTEST})`;

/** Whether a file is longer than that, which is ten minutes at least. */
export const hasLonger = (columns: SpanColumns, than: Sql): Sql => sql`coalesce(${sql.raw(longest(columns))} > ${than}, false)`;

/** Seconds that no file is longer than. A little more than the longest known: what is longer than that comes as a surprise, and ends a statement (see filter/file-filter.ts). */
export function createLongestFile(pool: MirrorPool, columns: SpanColumns | undefined): () => Promise<number> {
  return fresh(async () => {
    if (!columns) return 0;
    const [row] = await pool.rows<{ seconds: number | null }>(`select extract(epoch from ${longest(columns)})::float8 as seconds`);
    return row?.seconds ? 1.25 * row.seconds : 600;
  });
}
