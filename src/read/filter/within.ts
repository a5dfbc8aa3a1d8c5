import { sql } from 'kysely';
import type { Sql, Table } from '../sql.js';
import type { FilterContext } from './filter-context.js';

/** Ids of a collection and of all collections below it, by name. */
function below(lfn: string, { parseLfn, tables }: FilterContext): Sql {
  const { scope, name } = parseLfn(lfn);
  return sql`with recursive below (id) as (
    select c.id from ${tables.collection} c where c.scope = ${scope} and c.name = ${name}
    union select cc.child_id from ${tables.contentCollection} cc join below b on cc.collection_id = b.id)`;
}

/** Files in a dataset or container, directly or below. */
export const filesWithin = (file: Table, lfn: string, context: FilterContext): Sql =>
  sql`${file('id')} in (${below(lfn, context)} select cf.file_id from ${context.tables.contentFile} cf join below b on cf.collection_id = b.id)`;

/** Collections in a container, directly or below; not the container itself. */
export const collectionsWithin = (collection: Table, lfn: string, context: FilterContext): Sql =>
  sql`${collection('id')} in (${below(lfn, context)} select cc.child_id from ${context.tables.contentCollection} cc join below b on cc.collection_id = b.id)`;
