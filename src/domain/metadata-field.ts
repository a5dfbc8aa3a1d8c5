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
  readonly description: string;
  readonly unit?: string | undefined;
  readonly ucd?: string | undefined;
  readonly ivoa?: string | undefined;
  readonly indexed?: boolean | undefined;
  readonly sortable?: boolean | undefined;
}

/** All keys of the field, the strongest first. */
export function fieldKeys(field: MetadataField): readonly string[] {
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
export function columnType(field: MetadataField): string {
  return columnTypes[field.type];
}
