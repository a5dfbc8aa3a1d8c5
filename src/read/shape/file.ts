import { sql } from 'kysely';
import type { MetadataField } from '../../domain/metadata-field.js';
import type { RelationField, Shape } from '../shape.js';
import { columns } from '../shape.js';
import { checksums } from './checksum.js';
import { didFields, ruleOrder } from './did.js';
import { replicas } from './replica.js';

/** Rules on the file and on all that holds it. */
const rules: RelationField = { relation: (look, file) => {
  const { rule: rules, collection, contentFile, contentCollection } = look.tables;
  return look.list('Rule', (rule) => ({
  from: sql`(
    with recursive holder (id) as (
      select cf.collection_id from ${contentFile} cf where cf.file_id = ${file('id')}
      union select cc.collection_id from ${contentCollection} cc join holder h on cc.child_id = h.id)
    select r.* from ${rules} r where r.scope = ${file('scope')} and r.name = ${file('name')}
    union all
    select r.* from holder h join ${collection} c on c.id = h.id join ${rules} r on r.scope = c.scope and r.name = c.name
  ) as ${rule.alias}`,
  rest: sql`order by ${ruleOrder(rule)}`,
  }));
} };

// Rucio lets only datasets hold files.
const parents: RelationField = { relation: (look, file) => look.list('Dataset', (row) => ({
  from: sql`${look.tables.contentFile} as held join ${look.tables.collection} as ${row.alias} on ${row('id')} = held.collection_id`,
  rest: sql`where held.file_id = ${file('id')} order by ${row('scope')}, ${row('name')}`,
})) };

/** File: rows of mirror.file, with the registry's columns. */
export const fileShape = (fields: readonly MetadataField[]): Shape => ({ type: 'File', fields: {
  ...didFields('File'),
  didType: { column: () => sql`'FILE'::text` },
  ...columns({ lfn: 'name', bytes: 'bytes', adler32: 'adler32', md5: 'md5' }),
  ...columns(Object.fromEntries(fields.map(({ name, column }) => [name, column]))),
  checksums, replicas, rules, parents,
} });
