import type { Look } from './look.js';
import type { Sql, Table } from './sql.js';
import type { VisibleTables } from './visible-tables.js';

export type Arguments = Readonly<Record<string, unknown>>;

/** A field whose value is one expression over the row of its type; `to_json` of it is the answer. */
export interface ColumnField { readonly column: (row: Table, args: Arguments, tables: VisibleTables) => Sql }
/** A field whose value is a query of its own, made with the Look's `one`, `list`, `dids` or a connection. */
export interface RelationField { readonly relation: (look: Look, row: Table) => Sql }

/** How one GraphQL object type is read. Fields that are not here have no SQL and must be live. */
export interface Shape {
  readonly type: string;
  readonly fields: Readonly<Record<string, ColumnField | RelationField>>;
}
export type Shapes = Readonly<Record<string, Shape>>;

/** Fields that are columns: GraphQL name to column name. */
export const columns = (names: Readonly<Record<string, string>>): Record<string, ColumnField> =>
  Object.fromEntries(Object.entries(names).map(([field, column]) => [field, { column: (row) => row(column) }]));
