import { keyColumns, rowColumns, rowKinds, type RowKind } from '../../domain/row-kind.js';

/** Where rows of a kind come from in one database: SQL for each column. */
export interface RowOrigin {
  readonly from: string;
  readonly where?: string;
  readonly columns: Readonly<Record<string, string>>;
  /** Columns that this database alone has, behind the others. */
  readonly more?: readonly string[];
}

const typeOf = (kind: RowKind, column: string): string => (rowKinds[kind].key as Readonly<Record<string, string>>)[column] ?? 'text';

function select(kind: RowKind, { from, where, columns, more = [] }: RowOrigin, by: readonly string[] = []): string {
  const list = [...rowColumns(kind), ...more].map((name) => `(${columns[name]})::text as "${name}"`).join(', ');
  const conditions = [...by.map((name) => `${columns[name]} = k."${name}"`), ...(where ? [where] : [])];
  const keys = by.length ? `(select distinct * from json_to_recordset($1::json) as k (${by.map((name) => `"${name}" ${typeOf(kind, name)}`).join(', ')})) k, ` : '';
  return `select ${list} from ${keys}${from}${conditions.length ? ` where ${conditions.join(' and ')}` : ''}`;
}

/** All rows of the kind by the bytes of their keys, whatever the database's collation. */
export function allRowsSql(kind: RowKind, origins: readonly RowOrigin[]): string {
  const [only, ...others] = origins;
  const order = (expression: (name: string) => string) => keyColumns(kind).map((name) => {
    const type = typeOf(kind, name);
    return type === 'uuid' ? expression(name) : `${type === 'int' ? `(${expression(name)})::text` : expression(name)} collate "C"`;
  }).join(', ');
  if (only && !others.length) return `${select(kind, only)} order by ${order((name) => only.columns[name]!)}`;
  return `select * from (${origins.map((origin) => select(kind, origin)).join(' union all ')}) r order by ${order((name) => `"${name}"`)}`;
}

/** Rows of the kind whose columns `by` have one of the values in the JSON array of the first parameter. */
export function someRowsSql(kind: RowKind, origins: readonly RowOrigin[], by: readonly string[]): string {
  return origins.map((origin) => select(kind, origin, by)).join(' union all ');
}
