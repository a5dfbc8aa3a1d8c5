import { sql } from 'kysely';
import { isStorableText } from '../../domain/storable-text.js';
import type { ColumnField, RelationField } from '../shape.js';
import { columns } from '../shape.js';
import type { Sql, Table } from '../sql.js';

/** Names of the GraphQL types of a row of mirror.collection. */
export const collectionTypes = ['Dataset', 'Container'] as const;
export const collectionType = (row: Table): Sql => sql`case ${row('did_type')} when 'DATASET' then 'Dataset' else 'Container' end`;

export const didId = (type: string): ColumnField => ({ column: (row) => sql`${sql.lit(`${type}:`)} || ${row('scope')} || ':' || ${row('name')}` });

const metadata: ColumnField = { column: (row, { keys }) => (keys === undefined || keys === null ? row('metadata')
  : sql`(select coalesce(jsonb_object_agg(m.key, m.value), '{}') from jsonb_each(${row('metadata')}) m where m.key = any(${(keys as string[]).filter(isStorableText)}::text[]))`) };

/** Fields that files, datasets and containers share. */
export const didFields = (type: string): Record<string, ColumnField> => ({
  id: didId(type),
  ...columns({ scope: 'scope', name: 'name', account: 'account', createdAt: 'created_at', updatedAt: 'updated_at' }),
  metadata,
});

/** Oldest first, to the second: Rucio's REST interface tells no more, and live answers come in the same order. */
export const ruleOrder = (rule: Table): Sql => sql`date_trunc('second', ${rule('created_at')}), ${rule('id')}`;

/** Rules on a collection itself. */
export const ownRules: RelationField = { relation: (look, did) => look.list('Rule', (rule) => ({
  from: sql`${look.tables.rule} as ${rule.alias}`,
  rest: sql`where ${rule('scope')} = ${did('scope')} and ${rule('name')} = ${did('name')} order by ${ruleOrder(rule)}`,
})) };

/** Collections that hold a collection: containers, for datasets hold files only. */
export const collectionParents: RelationField = { relation: (look, did) => look.list('Container', (row) => ({
  from: sql`${look.tables.contentCollection} as held join ${look.tables.collection} as ${row.alias} on ${row('id')} = held.collection_id`,
  rest: sql`where held.child_id = ${did('id')} order by ${row('scope')}, ${row('name')}`,
})) };
