import { sql } from 'kysely';
import { DipperError } from '../errors.js';
import type { Look } from './look.js';
import type { Shape } from './shape.js';
import { columns } from './shape.js';
import type { Sql, Table } from './sql.js';

export const facetValueShape: Shape = { type: 'FacetValue', fields: columns({ value: 'value', count: 'n' }) };

/** Facet over the files that match: each value is counted once a file; of a list, each member. */
export function facet(look: Look, { from, condition, row }: { from: Sql; condition: Sql; row: Table }): Sql {
  const { field: name, limit } = look.args as { field: string; limit?: number | null };
  const { filter, pageSize } = look.request;
  const field = filter.fields.find((one) => one.name === name);
  if (!field) throw new DipperError('BAD_USER_INPUT', `${JSON.stringify(name)} is not a metadata field; \`fields\` lists them.`);
  const size = limit ?? 20;
  if (size < 1 || size > pageSize) throw new DipperError('BAD_USER_INPUT', `limit must be from 1 to ${pageSize}.`);

  const column = row(field.column);
  const counts = sql.id(`facet${look.depth}`);
  const counted = field.type === '[Int]'
    ? sql`select member as key, to_jsonb(member) as value, count(*) as n from ${from} cross join lateral (select distinct unnest(${column}) as member) members where ${condition} group by member`
    : sql`select ${column} as key, to_jsonb(${column}) as value, count(*) as n from ${from} where ${condition} and ${column} is not null group by ${column}`;
  // Equal counts are ordered by value, so that the answer is the same each time; as the column orders them, not as the database does.
  const top = sql`select key, value, n from ${counts} order by n desc, key limit ${sql.lit(size)}`;
  const shape: Shape = { type: 'Facet', fields: {
    field: { column: () => sql`${name}::text` },
    values: { relation: (below) => below.list('FacetValue', (one) => ({ from: sql`(${top}) as ${one.alias}`, rest: sql`order by ${one('n')} desc, ${one('key')}` })) },
    otherCount: { column: () => sql`(select coalesce(sum(n), 0) from ${counts}) - (select coalesce(sum(n), 0) from (${top}) top)` },
    missingCount: { column: () => sql`(select count(*) from ${from} where ${condition} and ${column} is null)` },
  } };
  return sql`with ${counts} as materialized (${counted}) ${look.one(shape, (one) => ({ from: sql`(select) as ${one.alias}` }))}`;
}
