import { sql } from 'kysely';
import type { RelationField, Shape } from '../shape.js';
import { columns } from '../shape.js';

export const checksumShape: Shape = { type: 'Checksum', fields: columns({ type: 'type', checksum: 'checksum' }) };

/** File.checksums: those that are known. */
export const checksums: RelationField = { relation: (look, file) => look.list('Checksum', (row) => ({
  from: sql`(values ('adler32', ${file('adler32')}), ('md5', ${file('md5')})) as ${row.alias} (type, checksum)`,
  rest: sql`where ${row('checksum')} is not null`,
})) };
