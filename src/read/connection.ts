import { sql } from 'kysely';
import { decodeCursor, type CursorKey } from '../domain/cursor.js';
import { signedCursor } from './signed-cursor.js';
import { DipperError } from '../errors.js';
import type { Look } from './look.js';
import { isBeyond, isKeyValue, isSameRow, stretches, type OrderKey, type Side, type Stretch } from './order.js';
import type { Arguments, ColumnField, RelationField, Shape } from './shape.js';
import { all, any, table, type Sql, type Table } from './sql.js';

/** Marks statements whose filters are free. */
export const FREE_FILTER = '/* free filter */';

export interface Connection {
  /** Name of the GraphQL type without `Connection`. */
  readonly name: string;
  /** Table with a column `id`. */
  readonly table: Sql;
  readonly condition: (row: Table) => Sql;
  readonly order: readonly OrderKey[];
  /** Whether the condition picks few rows, whatever its values are: then one plan does for all. */
  readonly picksFew?: boolean;
  /** Conditions of which each matching row fits exactly one, and no other row any, where an index has the rows of each in order: they are merged, not sorted. */
  readonly shares?: (row: Table) => readonly Sql[];
  /** What the cursors are tied to: everything that decides which rows come, and in which order. */
  readonly identity: unknown;
  /** Where the list is one of many: what tells them apart, as text. A cursor goes with one of them. */
  readonly list?: Sql;
  /** Where nodes are of several types: these, and an expression for each row's. */
  readonly variants?: { readonly types: readonly string[]; readonly type: (row: Table) => Sql };
  /** Fields beyond Relay's. */
  readonly extra?: (matching: { from: Sql; condition: Sql; row: Table }) => Readonly<Record<string, ColumnField | RelationField>>;
}

interface Place { readonly keys: readonly CursorKey[]; readonly checks: readonly Sql[] }

/** Checks `first` or `last`: from 1 to the limit; without either 100 are given, or the limit where that is less. */
function pageSize({ first, last }: Arguments, limit: number): { size: number; reverse: boolean } {
  const given = Object.entries({ first, last }).filter(([, value]) => value !== undefined && value !== null);
  if (given.length > 1) throw new DipperError('BAD_USER_INPUT', 'first and last cannot go together.');
  const [name, size] = given[0] ?? ['first', Math.min(100, limit)];
  if (typeof size !== 'number' || size < 1 || size > limit) throw new DipperError('BAD_USER_INPUT', `${name} must be from 1 to ${limit}.`);
  return { size, reverse: name === 'last' };
}

/** A page as Relay has it, in one query: its rows are found once, and what is selected is made of them. */
export function connection(look: Look, of: Connection, limit: number): Sql {
  const { size, reverse } = pageSize(look.args, limit);
  const key = look.request.seal([of.name, of.identity, of.order]);
  const row = table('m');
  const condition = of.condition(row);
  const from = sql`${of.table} as ${row.alias}`;

  /** What a cursor says: the keys of its row, and that it is one of this list. */
  const place = (side: Side): Place | undefined => {
    const text = look.args[side];
    if (typeof text !== 'string') return undefined;
    const [list, ...keys] = decodeCursor(text, key, [(one) => (one === null) === (of.list === undefined), ...of.order.map(isKeyValue)]);
    // Which list it is, is known only there: a cursor of another one ends the statement.
    return { keys, checks: of.list ? [sql`(select mirror.same_list(${of.list}, ${list}::text))`] : [] };
  };
  const places = { after: place('after'), before: place('before') };

  // The page begins at one of the cursors; the other one only cuts it off.
  const [start, end, endSide] = reverse ? [places.before, places.after, 'after' as const] : [places.after, places.before, 'before' as const];
  const within = [...(start?.checks ?? []), ...(end ? [...end.checks, isBeyond(row, of.order, end.keys, endSide)] : [])];
  // limit is a literal: a bound one makes a generic plan guess.
  const limited = sql`limit ${sql.lit(size + 1)}`;
  const walk = ({ condition: here, order }: Stretch, matching = condition) =>
    sql`(select ${row.alias}.* from ${from} where ${all([matching, ...within, ...(here ? [here] : [])])} order by ${order} ${limited})`;
  const walks = stretches(row, of.order, start?.keys, reverse);
  const shares = walks.length === 1 ? of.shares?.(row) ?? [] : [];
  const found = shares.length > 1
    ? sql`select ${row.alias}.* from (${sql.join(shares.map((share) => walk(walks[0]!, share)), sql` union all `)}) as ${row.alias} order by ${walks[0]!.order} ${limited}`
    : walks.length === 1 ? walk(walks[0]!) : sql`${sql.join(walks.map((one) => walk(one)), sql` union all `)} ${limited}`;
  const page = sql.id(`page${look.depth}`);

  const cursor = (at: Table) => signedCursor([of.list ?? sql`null::text`, ...of.order.map(({ column }) => sql`${at(column)}::text`)], key);
  const p = table('p');
  const onPage = (at: Table) => sql`${at('#n')} <= ${sql.lit(size)}`;
  const inOrder = (at: Table) => sql`${at('#n')} ${sql.raw(reverse ? 'desc' : 'asc')}`;
  // The row first, then its cursor: else each row's would be made.
  const cursorAt = (which: Sql) => sql`(select ${cursor(p)} from (select ${p.alias}.* from ${page} as ${p.alias} where ${onPage(p)} order by ${p('#n')} ${which} limit 1) as ${p.alias})`;

  const nodes = (below: Look) => (of.variants
    ? below.listOf(of.variants.types, (node) => ({ from: sql`${page} as ${node.alias}`, rest: sql`where ${onPage(node)}`, type: of.variants!.type(node), order: inOrder(node) }))
    : below.list(of.name, (node) => ({ from: sql`${page} as ${node.alias}`, rest: sql`where ${onPage(node)} order by ${inOrder(node)}` })));
  const nodeOf = (below: Look, edge: Table) => {
    const source = (node: Table) => ({ from: sql`(select ${edge.alias}.*) as ${node.alias}` });
    return of.variants ? below.oneOf(of.variants.types, (node) => ({ ...source(node), type: of.variants!.type(node) })) : below.one(of.name, source);
  };
  const edgeShape: Shape = { type: `${of.name}Edge`, fields: { cursor: { column: cursor }, node: { relation: nodeOf } } };
  /** Whether a cursor leaves something on its other side: its own row, most often, which is asked for first. */
  const cut = (side: Side) => {
    const { keys, checks } = places[side] ?? {};
    if (!keys || !checks) return sql`false`;
    const others = [isSameRow(row, of.order, keys), ...stretches(row, of.order, keys, side === 'after').map((stretch) => stretch.condition!)];
    return any(others.map((other) => sql`exists (select from ${from} where ${all([condition, ...checks, other])})`));
  };
  const more = (side: Side) => sql`((select count(*) > ${sql.lit(size)} from ${page}) or ${cut(side)})`;
  const pageInfo: Shape = { type: 'PageInfo', fields: {
    hasNextPage: { column: () => (reverse ? cut('before') : more('before')) },
    hasPreviousPage: { column: () => (reverse ? more('after') : cut('after')) },
    startCursor: { column: () => cursorAt(reverse ? sql`desc` : sql`asc`) },
    endCursor: { column: () => cursorAt(reverse ? sql`asc` : sql`desc`) },
  } };
  const shape: Shape = { type: `${of.name}Connection`, fields: {
    nodes: { relation: nodes },
    edges: { relation: (below) => below.list(edgeShape, (edge) => ({ from: sql`${page} as ${edge.alias}`, rest: sql`where ${onPage(edge)} order by ${inOrder(edge)}` })) },
    pageInfo: { relation: (below) => below.one(pageInfo, (one) => ({ from: sql`(select) as ${one.alias}` })) },
    totalCount: { column: () => sql`(select count(*) from ${from} where ${condition})` },
    ...of.extra?.({ from, condition, row }),
  } };
  const mark = look.args['where'] && !of.picksFew ? sql.raw(FREE_FILTER) : sql``;
  return sql`${mark} with ${page} as materialized (select found.*, row_number() over () as "#n" from (${found}) found) ${look.one(shape, (one) => ({ from: sql`(select) as ${one.alias}` }))}`;
}
