import type { MetadataField } from '../../domain/metadata-field.js';
import type { MirrorPool } from './pool.js';

/** Number of files for which two keys of a field say different things, by the field's name; 0 for fields without. Read from an index alone. */
export async function countKeyConflicts(pool: MirrorPool, fields: readonly MetadataField[]): Promise<ReadonlyMap<string, number>> {
  const rows = await pool.rows<{ column: string; files: string }>(`
    select c.column, sum(g.files)::text as files
    from (select key_conflicts, count(*) as files from mirror.file where key_conflicts is not null group by key_conflicts) g
    cross join unnest(g.key_conflicts) as c ("column") group by c.column`);
  const files = new Map(rows.map((row) => [row.column, Number(row.files)]));
  return new Map(fields.filter(({ aliases }) => aliases?.length).map(({ name, column }) => [name, files.get(column) ?? 0]));
}
