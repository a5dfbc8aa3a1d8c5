import { sql } from 'kysely';
import { decodeCursor, queryDigest } from '../domain/cursor.js';
import { DipperError } from '../errors.js';
import type { Look } from './look.js';
import { isAfter, isKeyValue, orderBy, type OrderKey } from './order.js';
import type { ColumnField, RelationField, Shape } from './shape.js';
import { all, table, type Sql, type Table } from './sql.js';

/** Marks statements whose filters are free. */
export const FREE_FILTER = '/* free filter */';

export interface Connection {
  /** Name of the GraphQL type without `Connection`. */
  readonly name: string;
  /** Table with a column `id`. */
  readonly table: Sql;
  readonly condition: (row: Table) => Sql;
  readonly order: readonly OrderKey[];
  /** What the cursors are tied to: everything that decides which rows come, and in which order. */
  readonly identity: unknown;
  /** Where the list is one of many: what tells them apart, as text. A cursor goes with one of them. */
  readonly list?: Sql;
  /** Where nodes are of several types: these, and an expression for each row's. */
  readonly variants?: { readonly types: readonly string[]; readonly type: (row: Table) => Sql };
  /** Fields beyond Relay's. */
  readonly extra?: (matching: { from: Sql; condition: Sql; row: Table }) => Readonly<Record<string, ColumnField | RelationField>>;
}

/** Checks `first`: from 1 to the limit; not given means 100, or the limit where that is less. */
export function pageSize(first: unknown, limit: number): number {
  if (first === undefined || first === null) return Math.min(100, limit);
  if (typeof first !== 'number' || first < 1 || first > limit) throw new DipperError('BAD_USER_INPUT', `first must be from 1 to ${limit}.`);
  return first;
}

/** A page as Relay has it, in one query: its keys are found once, and what is selected is joined to them. */
export function connection(look: Look, of: Connection, limit: number): Sql {
  const first = pageSize(look.args['first'], limit);
  const after = look.args['after'];
  const digest = queryDigest([of.name, of.identity, of.order]);
  const keys = typeof after === 'string' ? decodeCursor(after, digest, [(list) => (list === null) === (of.list === undefined), ...of.order.map(isKeyValue)]) : undefined;

  const row = table('m');
  const condition = of.condition(row);
  const from = sql`${of.table} as ${row.alias}`;
  // Which list it is, is known only there: a cursor of another one ends the statement.
  const ofList = of.list && keys ? sql`(select mirror.same_list(${of.list}, ${keys[0]}::text)) and ` : sql``;
  const beyond = keys && sql`(${ofList}${isAfter(row, of.order, keys.slice(1))})`;
  const key = (index: number) => `k${index}`;
  const page = sql.id(`page${look.depth}`);
  // limit is a literal: a bound one makes a generic plan guess.
  const found = sql`select ${row('id')}, ${sql.join(of.order.map(({ column }, index) => sql`${row(column)} as ${sql.id(key(index))}`))}
    from ${from} where ${all(beyond ? [condition, beyond] : [condition])} order by ${orderBy(row, of.order)} limit ${sql.lit(first + 1)}`;

  const cursor = (at: Table) => sql`translate(encode(convert_to(json_build_array(${digest}::text, ${of.list ?? sql`null::text`}, ${sql.join(of.order.map((_, index) => sql`${at(key(index))}::text`))})::text, 'UTF8'), 'base64'), E'+/\\n=', '-_')`;
  const p = table('p');
  const onPage = sql`${p('n')} <= ${sql.lit(first)}`;
  const cursorAt = (which: Sql) => sql`(select ${cursor(p)} from ${page} as ${p.alias} where ${onPage} order by ${p('n')} ${which} limit 1)`;
  const joined = (node: Table) => sql`${page} as ${p.alias} join ${of.table} as ${node.alias} on ${node('id')} = ${p('id')}`;

  const nodes = (below: Look) => (of.variants
    ? below.listOf(of.variants.types, (node) => ({ from: joined(node), rest: sql`where ${onPage}`, type: of.variants!.type(node), order: p('n') }))
    : below.list(of.name, (node) => ({ from: joined(node), rest: sql`where ${onPage} order by ${p('n')}` })));
  const nodeOf = (below: Look, edge: Table) => {
    const source = (node: Table) => ({ from: sql`${of.table} as ${node.alias}`, rest: sql`where ${node('id')} = ${edge('id')}` });
    return of.variants ? below.oneOf(of.variants.types, (node) => ({ ...source(node), type: of.variants!.type(node) })) : below.one(of.name, source);
  };
  const edgeShape: Shape = { type: `${of.name}Edge`, fields: { cursor: { column: cursor }, node: { relation: nodeOf } } };
  const pageInfo: Shape = { type: 'PageInfo', fields: {
    hasNextPage: { column: () => sql`(select count(*) > ${sql.lit(first)} from ${page})` },
    hasPreviousPage: { column: () => (beyond ? sql`exists (select from ${from} where ${condition} and not ${beyond})` : sql`false`) },
    startCursor: { column: () => cursorAt(sql`asc`) },
    endCursor: { column: () => cursorAt(sql`desc`) },
  } };
  const shape: Shape = { type: `${of.name}Connection`, fields: {
    nodes: { relation: nodes },
    edges: { relation: (below) => below.list(edgeShape, (edge) => ({ from: sql`${page} as ${edge.alias}`, rest: sql`where ${edge('n')} <= ${sql.lit(first)} order by ${edge('n')}` })) },
    pageInfo: { relation: (below) => below.one(pageInfo, (one) => ({ from: sql`(select) as ${one.alias}` })) },
    totalCount: { column: () => sql`(select count(*) from ${from} where ${condition})` },
    ...of.extra?.({ from, condition, row }),
  } };
  const mark = look.args['where'] ? sql.raw(FREE_FILTER) : sql``;
  return sql`${mark} with ${page} as materialized (select found.*, row_number() over () as n from (${found}) found) ${look.one(shape, (one) => ({ from: sql`(select) as ${one.alias}` }))}`;
}
