import { sql } from 'kysely';
import { fileColumns } from './file-columns.js';
import type { FilterPart } from './filter-parts.js';
import { parseJson } from './raw-json.js';
import type { ReadRequest } from './request.js';
import { table, type Sql } from './sql.js';

/** Values that exist, the likely ones first. */
export interface HintValues { readonly values: readonly unknown[]; readonly valuesAre: 'all' | 'some' | 'smallest and largest' }

const MOST_SHOWN = 20;
/** Values looked at to find those that are like what was asked for. */
const MOST_READ = 1000;
/** Files at each end of the mirror, oldest and newest, that stand for all where no index tells the values. */
const SAMPLE = 10_000;

/** Their values say nothing: no two files have one in common. */
const ownOfEach = ['name', 'adler32'];

const row = table('m');

/** From one value to the next along the column's index. */
const walked = (file: Sql, column: string): Sql => {
  const next = (beyond: Sql) => sql`select ${row(column)} from ${file} as ${row.alias} where ${beyond} order by ${row(column)} limit 1`;
  return sql`with recursive walk (value, n) as (
    select (${next(sql`${row(column)} is not null`)}), 1
    union all select (${next(sql`${row(column)} > w.value`)}), w.n + 1 from walk w where w.value is not null and w.n < ${sql.lit(MOST_READ)})
  select json_build_object('values', coalesce(json_agg(value), '[]'), 'all', count(*) < ${sql.lit(MOST_READ)}) from walk where value is not null`;
};

/** From the files at both ends; `member` makes values of a column c. */
const sampled = (file: Sql, column: Sql, member: Sql): Sql => {
  const end = (direction: string) => sql`select ${column} as c from ${file} as ${row.alias} order by ${row('id')} ${sql.raw(direction)} limit ${sql.lit(SAMPLE)}`;
  return sql`with oldest as materialized (${end('asc')}), newest as materialized (${end('desc')}),
    counted as (select value, count(*) as n from (select * from oldest union all select * from newest) ends cross join lateral (select ${member} as value) members
      where value is not null and length(value::text) <= 200 group by value order by n desc, value limit ${sql.lit(MOST_READ)})
  select json_build_object('values', coalesce(json_agg(value order by n desc, value), '[]'), 'all', (select count(*) < ${sql.lit(SAMPLE)} from oldest)) from counted`;
};

const ends = (file: Sql, smallest: string, largest = smallest): Sql => {
  const end = (column: string, direction: string) => sql`(select to_json(${row(column)}) from ${file} as ${row.alias} where ${row(column)} is not null order by ${row(column)} ${sql.raw(direction)} limit 1)`;
  return sql`select json_build_object('ends', json_build_array(${end(smallest, 'asc')}, ${end(largest, 'desc')}))`;
};

/** The query for the values that exist where the condition looks, over what the viewer may see; undefined where values would say nothing. */
export function valuesQuery({ name, key, operator }: FilterPart, { fields, tables: { file } }: ReadRequest['filter']): Sql | undefined {
  const column = (field: string) => fields.find((one) => one.name === field)!.column;
  if (name === 'time') return ends(file, column('startTime'), column('endTime'));
  if (operator === undefined || operator === 'isNull') return undefined;
  if (key !== undefined) return sampled(file, sql`nullif(${row('metadata')} -> ${key}::text, 'null')`, sql`c`);
  if (ownOfEach.includes(name)) return undefined;
  const field = fields.find((one) => one.name === name);
  const plain = field ?? fileColumns[name];
  if (!plain) return undefined;
  const { column: at, type } = plain;
  if (type === '[Int]') return sampled(file, row(at), sql`unnest(c)`);
  if (type !== 'String' && type !== 'Boolean') return ends(file, at);
  return (field ? field.indexed : name === 'scope') ? walked(file, at) : sampled(file, row(at), sql`c`);
}

/** The query for keys of metadata: for a condition on one that no file seems to have. */
export const keysQuery = ({ tables: { file } }: ReadRequest['filter']): Sql => sampled(file, row('metadata'), sql`jsonb_object_keys(c)`);

/** Letters at the begin that two texts share. */
function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** Reads what one of these queries has answered; values that are like the wanted one, letter case aside, come first. */
export function readValues(text: string, wanted: unknown): HintValues {
  const { values, all, ends: [smallest, largest] = [] } = parseJson(text) as { values?: unknown[]; all?: boolean; ends?: unknown[] };
  if (!values) return { values: smallest === null ? [] : [smallest, largest], valuesAre: smallest === null ? 'all' : 'smallest and largest' };
  const wishes = (Array.isArray(wanted) ? wanted : [wanted]).map((one) => String(one).replace(/%/g, '').toLowerCase());
  const distance = (value: unknown) => {
    const text = String(value).toLowerCase();
    if (wishes.includes(text)) return 0;
    if (wishes.some((wish) => text.includes(wish) || wish.includes(text))) return 1;
    return 2 + 1 / (1 + Math.max(0, ...wishes.map((wish) => commonStart(text, wish))));
  };
  const near = values.map((value) => ({ value, distance: distance(value) })).sort((a, b) => a.distance - b.distance).map(({ value }) => value);
  return { values: near.slice(0, MOST_SHOWN), valuesAre: all && near.length <= MOST_SHOWN ? 'all' : 'some' };
}
