import { getArgumentValues, getNamedType, isLeafType, type FieldNode, type GraphQLObjectType, type GraphQLResolveInfo } from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js'; // internal, but the very function that execute() uses
import { sql } from 'kysely';
import { assertFilterVariables } from './filter-variables.js';
import { DipperError } from '../errors.js';
import type { ReadRequest } from './request.js';
import type { Arguments, Shape } from './shape.js';
import { table, type Sql, type Table } from './sql.js';
import type { VisibleTables } from './visible-tables.js';

/** Where rows come from, and what follows the joins: conditions, order. */
export interface Source { readonly from: Sql; readonly rest?: Sql }

/** The same where each row's type is known only there: `type` is an expression for its name. */
export interface VariantSource extends Source { readonly type: Sql }
/** A type by name, or a shape made for this place. */
export type ShapeOf = string | Shape;

const row = sql.id('#'); // no alias can be this: json_agg(o) would take a client's column o before the row o
const nothing = sql``;

/**
 * A place in an operation: the field nodes that select there, and the field's arguments.
 * Its methods write the selection below as one nested query whose column `v` is the JSON of the response.
 */
export class Look {
  private constructor(
    readonly info: GraphQLResolveInfo, readonly request: ReadRequest, readonly args: Arguments,
    private readonly nodes: readonly FieldNode[], private readonly asText: boolean, readonly depth: number,
  ) {}

  /** The place of a resolver. Text is wanted where the field is a leaf, that is in the twin schema (see raw-json.ts). */
  static at(info: GraphQLResolveInfo, request: ReadRequest): Look {
    const field = info.parentType.getFields()[info.fieldName]!;
    const args = getArgumentValues(field, info.fieldNodes[0]!, info.variableValues);
    assertFilterVariables(info.fieldNodes[0], info.variableValues);
    return new Look(info, request, args, info.fieldNodes, isLeafType(getNamedType(info.returnType)), 0);
  }

  /** The mirror as the viewer sees it. */
  get tables(): VisibleTables {
    return this.request.filter.tables;
  }

  /** One object of the type, or no row. */
  one(shape: ShapeOf, source: (row: Table) => Source): Sql {
    return sql`select to_json(${row}) as v from (${this.select(shape, source)}) ${row}`;
  }

  /** A list of objects of one type; the source orders it. */
  list(shape: ShapeOf, source: (row: Table) => Source): Sql {
    return sql`select coalesce(json_agg(${row}), '[]') as v from (${this.select(shape, source)}) ${row}`;
  }

  /** One object of one of several types. */
  oneOf(types: readonly string[], source: (row: Table) => VariantSource): Sql {
    const { value, tail } = this.variants(types, source(this.row));
    return sql`select ${value} as v ${tail}`;
  }

  /** A list over several types. */
  listOf(types: readonly string[], source: (row: Table) => VariantSource & { order: Sql }): Sql {
    const from = source(this.row);
    const { value, tail } = this.variants(types, from);
    return sql`select coalesce(json_agg(${value} order by ${from.order}), '[]') as v ${tail}`;
  }

  private spend(what: keyof ReadRequest['budget']): void {
    this.request.budget[what] -= 1;
    if (this.request.budget[what] < 0) throw new DipperError('COST_LIMIT', 'The operation selects too much at once. Ask for fewer fields within each other, or with fewer aliases.');
  }

  private get row(): Table {
    return table(`t${this.depth}`);
  }

  private variants(types: readonly string[], { from, rest = nothing, type }: VariantSource): { value: Sql; tail: Sql } {
    const joins = types.map((name, index) => sql`left join lateral (
      select to_json(${row}) as v from (${this.fields(name, this.row, sql`(select) as this`, sql`where ${type} = ${sql.lit(name)}`)}) ${row}
    ) ${sql.id(`v${index}`)} on true`);
    const value = sql`coalesce(${sql.join(types.map((_, index) => sql.ref(`v${index}.v`)))})`;
    return { value, tail: sql`from ${from} ${sql.join(joins, sql` `)} ${rest}` };
  }

  private select(shape: ShapeOf, source: (row: Table) => Source): Sql {
    const { from, rest = nothing } = source(this.row);
    return this.fields(shape, this.row, from, rest);
  }

  /** One column for each response key. */
  private fields(of: ShapeOf, base: Table, from: Sql, rest: Sql): Sql {
    const { schema, fragments, variableValues } = this.info;
    const shape = typeof of === 'string' ? this.request.shapes[of] : of;
    if (!shape) throw new Error(`No shape for ${of as string}`);
    const type = schema.getType(shape.type) as GraphQLObjectType;
    const typename = sql`${sql.lit(shape.type)}::text`;
    // Objects carry their type, for interfaces, under a name that no alias can be.
    const selected: Sql[] = this.asText ? [] : [sql`${typename} as "#type"`];
    const joins: Sql[] = [];
    for (const [key, nodes] of collectSubfields(schema, fragments, variableValues, type, this.nodes)) {
      this.spend('columns');
      if (key.length > 63) throw new DipperError('BAD_USER_INPUT', `The alias ${key} is longer than 63 letters.`); // Postgres would cut it
      const field = type.getFields()[nodes[0]!.name.value];
      if (!field) { // __typename
        if (this.asText) selected.push(sql`${typename} as ${sql.id(key)}`); // else graphql-js knows it
        continue;
      }
      assertFilterVariables(nodes[0], variableValues);
      const read = shape.fields[field.name];
      const args = getArgumentValues(field, nodes[0]!, variableValues);
      if (!read) throw new Error(`No SQL for ${shape.type}.${field.name}`);
      if ('column' in read) selected.push(sql`${read.column(base, args, this.tables)} as ${sql.id(key)}`);
      else {
        this.spend('subqueries');
        // A join, not a subquery in the select list: Postgres then keeps the answer for equal inputs (Memoize).
        const join = `j${this.depth}_${joins.length}`;
        const below = new Look(this.info, this.request, args, nodes, this.asText, this.depth + 1);
        joins.push(sql`left join lateral (${read.relation(below, base)}) ${sql.id(join)} on true`);
        selected.push(sql`${sql.ref(`${join}.v`)} as ${sql.id(key)}`);
      }
    }
    return sql`select ${sql.join(selected)} from ${from} ${sql.join(joins, sql` `)} ${rest}`;
  }
}
