export const fieldTypes = ['BigInt', 'Int', '[Int]', 'DateTime', 'String', 'Float', 'Boolean'] as const;
export type FieldType = (typeof fieldTypes)[number];

/** One row of the field registry: a metadata field as GraphQL, Rucio and the mirror know it. */
export interface MetadataField {
  /** Name in GraphQL, such as obsId. */
  readonly name: string;
  /** Key in Rucio's metadata. */
  readonly key: string;
  /** Other keys that mean the same, in order of precedence after `key`. */
  readonly aliases?: readonly string[] | undefined;
  readonly type: FieldType;
  /** Column of mirror.file, such as obs_id. */
  readonly column: string;
  /** A key counts only where other keys have these values: key -> other key -> value. */
  readonly when?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  /** Values of a key that are written another way here: key -> value, as text -> value. Others stay as they are. */
  readonly map?: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> | undefined;
  readonly description: string;
  readonly unit?: string | undefined;
  readonly ucd?: string | undefined;
  readonly ivoa?: string | undefined;
  readonly indexed?: boolean | undefined;
  readonly sortable?: boolean | undefined;
  /** `few`: at most some thousand files share a value, so whatever else is asked, an index finds few files. */
  readonly ties?: 'few' | undefined;
  /** `small`: an index of the values alone, a twentieth of the size; files that share a value are then sorted for each page. Needs `ties: few`. */
  readonly index?: 'small' | undefined;
}

/** What an order by the field is called in GraphQL: startTime -> START_TIME. */
export const orderName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** All keys of the field, the strongest first. */
export function fieldKeys(field: Pick<MetadataField, 'key' | 'aliases'>): readonly string[] {
  return [field.key, ...(field.aliases ?? [])];
}

const numeric = ['eq', 'ne', 'in', 'notIn', 'lt', 'lte', 'gt', 'gte', 'isNull'];
const operators: Record<FieldType, readonly string[]> = {
  BigInt: numeric,
  Int: numeric,
  Float: numeric,
  DateTime: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'isNull'],
  String: ['eq', 'ne', 'in', 'notIn', 'startsWith', 'contains', 'like', 'isNull'],
  Boolean: ['eq', 'ne', 'isNull'],
  '[Int]': ['eq', 'containsAll', 'containsAny', 'containedIn', 'isNull'],
};

/** Operators that a filter on the field takes, as the schema's filter inputs name them. */
export function fieldOperators(field: MetadataField): readonly string[] {
  return operators[field.type];
}

const columnTypes: Record<FieldType, string> = {
  BigInt: 'bigint',
  Int: 'integer',
  '[Int]': 'integer[]',
  DateTime: 'timestamp with time zone',
  String: 'text',
  Float: 'double precision',
  Boolean: 'boolean',
};

/** Type of the field's column in Postgres, without collation; texts are collated "C". */
export function columnType(field: Pick<MetadataField, 'type'>): string {
  return columnTypes[field.type];
}

/** Files that last longer have an index of their own: an interval of Postgres. */
export const LONG_FILE = `interval '1 hour'`;

export interface SpanColumns { readonly start: string; readonly end: string }

/** Columns of the fields startTime and endTime, if the registry has both: between them lies what a file covers. */
export function spanColumns(fields: readonly MetadataField[]): SpanColumns | undefined {
  const column = (name: string) => fields.find((field) => field.name === name && field.type === 'DateTime')?.column;
  const [start, end] = [column('startTime'), column('endTime')];
  return start && end ? { start, end } : undefined;
}
