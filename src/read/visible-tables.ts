import { sql } from 'kysely';
import type { Sight } from '../domain/sight.js';
import { didCondition } from './filter/did-filter.js';
import type { FilterContext } from './filter/filter-context.js';
import { fileCondition } from './filter/file-filter.js';
import { table, type Sql, type Table } from './sql.js';

/** The mirror's tables without the rows that the viewer may not see: what is hidden is as good as absent, so every statement reads these alone. */
export interface VisibleTables {
  readonly file: Sql;
  readonly collection: Sql;
  readonly rule: Sql;
  /** Which files a dataset holds. */
  readonly contentFile: Sql;
  /** Which datasets and containers a container holds. */
  readonly contentCollection: Sql;
  /** A value made of how many files lie in a collection: those in sight, and all. Undefined where that is the same. */
  readonly ofShare?: (collection: Table, value: (seen: Sql, all: Sql) => Sql) => Sql;
}

const whole: VisibleTables = {
  file: sql`mirror.file`, collection: sql`mirror.collection`, rule: sql`mirror.rule`,
  contentFile: sql`mirror.content_file`, contentCollection: sql`mirror.content_collection`,
};

// Postgres pulls these subqueries up: a condition costs what it would cost in the outer `where`.
const some = (of: Sql, condition: (row: Table) => Sql): Sql => {
  const row = table('seen');
  return sql`(select ${row.alias}.* from ${of} as ${row.alias} where ${condition(row)})`;
};

/** The tables as they are seen with this sight. */
export function visibleTables(sight: Sight, context: Omit<FilterContext, 'tables'>): VisibleTables {
  const { files, collections } = sight;
  const all = { ...context, tables: whole };
  const file = files ? some(whole.file, (row) => fileCondition(row, files, all)) : whole.file;
  const collection = collections ? some(whole.collection, (row) => didCondition(row, collections, all)) : whole.collection;
  const isSeen = (id: Sql, of: Sql): Sql => sql`exists (select from ${of} as other where other.id = ${id})`;
  // A rule tells the name of what it is on.
  const isOnSeen = (rule: Table): Sql => sql`exists (select from ${file} as other where other.scope = ${rule('scope')} and other.name = ${rule('name')}
    union all select from ${collection} as other where other.scope = ${rule('scope')} and other.name = ${rule('name')})`;
  /** What leads to a file must be in sight, too, or it does not seem to lie there. */
  const ofShare: VisibleTables['ofShare'] = ({ alias }, value) => sql`(select ${value(sql`share.seen`, sql`share.total`)} from (
    with recursive below (id, seen) as (select c.id, true from mirror.collection c where c.scope = ${alias}.scope and c.name = ${alias}.name
      union select cc.child_id, b.seen and ${isSeen(sql`cc.child_id`, collection)} from mirror.content_collection cc join below b on cc.collection_id = b.id)
    select count(*) as total, count(*) filter (where lies.seen and ${isSeen(sql`lies.file_id`, file)}) as seen
      from (select cf.file_id, bool_or(b.seen) as seen from mirror.content_file cf join below b on cf.collection_id = b.id group by cf.file_id) lies) share)`;
  return {
    ...((files || collections) && { ofShare }),
    file, collection,
    rule: files || collections ? some(whole.rule, isOnSeen) : whole.rule,
    contentFile: files || collections ? some(whole.contentFile, (row) => sql`${isSeen(row('collection_id'), collection)} and ${isSeen(row('file_id'), file)}`) : whole.contentFile,
    contentCollection: collections ? some(whole.contentCollection, (row) => sql`${isSeen(row('collection_id'), collection)} and ${isSeen(row('child_id'), collection)}`) : whole.contentCollection,
  };
}

/** Whether a filter looks at rows beside the one that it is on. */
const looksElsewhere = (filter: object): boolean => Object.entries(filter).some(([name, value]) =>
  name === 'within' || name === 'replica' || (['and', 'or', 'not'].includes(name) && [value as object].flat().some(looksElsewhere)));

/** Places of the rows that are in sight, among `[{ place, row }]` as JSON text: rows that the mirror may not have, or not so. */
export function isSeen(of: 'file' | 'collection', rows: string, { files, collections }: Sight, context: Omit<FilterContext, 'tables' | 'anyScope'>): Sql {
  const filter = (of === 'file' ? files : collections) ?? {};
  const seen = table('seen');
  const all = { ...context, tables: whole, anyScope: true as const };
  // The mirror's id, for what hangs on the row there; what it does not know may not be judged by that.
  return sql`select one.place from jsonb_to_recordset(${rows}::jsonb) as one (place int, "row" jsonb)
    left join ${whole[of]} known on known.scope = one."row" ->> 'scope' and known.name = one."row" ->> 'name'
    cross join lateral jsonb_populate_record(null::${whole[of]}, one."row" || jsonb_build_object('id', known.id)) ${seen.alias}
    where ${of === 'file' ? fileCondition(seen, filter, all) : didCondition(seen, filter, all)}${looksElsewhere(filter) ? sql` and known.id is not null` : sql``}`;
}
