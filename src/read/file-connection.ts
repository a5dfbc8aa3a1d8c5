import { sql } from 'kysely';
import type { FieldType, MetadataField } from '../domain/metadata-field.js';
import { connection } from './connection.js';
import { facet } from './facet.js';
import { fileColumns } from './file-columns.js';
import { fileCondition } from './filter/file-filter.js';
import { intervalShares, type Interval } from './filter/overlaps.js';
import type { Look } from './look.js';
import type { KeyType, OrderKey } from './order.js';
import { all, type Sql, type Table } from './sql.js';

interface FileOrderInput { field: string; direction: 'ASC' | 'DESC' }

/** Types that have an order that means something. */
const keyTypes: Partial<Record<FieldType, KeyType>> = { BigInt: 'bigint', Int: 'integer', Float: 'float8', Boolean: 'boolean', DateTime: 'timestamptz', String: 'text' };

/** The order asked for, ended by (scope, name), which no two files share. */
function fileOrder(orderBy: readonly FileOrderInput[], fields: readonly MetadataField[], present: ReadonlySet<string>): OrderKey[] {
  const keys = orderBy.map(({ field, direction }): OrderKey => {
    const own = fileColumns[field]; // those that have an order always have a value
    const { column, type } = own ?? fields.find(({ name }) => name === field)!;
    return { column, type: keyTypes[type]!, nullable: !own && !present.has(field), direction: direction === 'DESC' ? 'desc' : 'asc' };
  });
  for (const column of ['scope', 'name']) keys.push({ column, type: 'text', direction: 'asc', nullable: false });
  const seen = new Set<string>();
  return keys.filter(({ column }) => !seen.has(column) && seen.add(column));
}

/** Fields that have a value in every file that fits, for a condition on each must hold: then no place for missing values is needed. */
function presentFields(where: object): Set<string> {
  return new Set(Object.entries(where as Record<string, object | null>).flatMap(([name, value]) => {
    if (typeof value !== 'object' || value === null || ['or', 'not'].includes(name)) return [];
    if (name === 'and') return (value as object[]).flatMap((branch) => [...presentFields(branch ?? {})]);
    return name === 'time' ? ['startTime', 'endTime'] : 'isNull' in value && value.isNull === true ? [] : [name];
  }));
}

/** Whether a condition on a name, or on a field of which few files share a value, must hold: whatever else there is, an index finds few files. */
function picksFew(where: object, fields: readonly MetadataField[]): boolean {
  return Object.entries(where as Record<string, object | null>).some(([name, value]) => {
    if (name === 'and') return (value as object[] | null)?.some((branch) => picksFew(branch, fields));
    const few = name === 'name' || fields.some((field) => field.name === name && field.ties === 'few');
    return few && value && ('eq' in value || 'in' in value);
  });
}

/** More than these are planned longer than sorted. */
const MOST_SHARES = 50;

/**
 * Filters of which each file that fits fits one, where indexes serve those better than the whole: for each value by itself, where a field
 * must have one of several and its index has the files of each by name; for long files and others, where a time is asked for.
 */
function shares(where: Readonly<Record<string, object | null>>, isByName: boolean, fields: readonly MetadataField[]): object[] {
  // Each of them repeats all other conditions: those that take long to plan must not be among these.
  if (['and', 'or', 'not', 'metadata', 'within', 'replica', 'name'].some((name) => name in where)) return [];
  if (where['time']) return intervalShares(where['time'] as Interval).map((time) => ({ ...where, time }));
  if (isByName) for (const { name } of fields.filter(({ indexed, index }) => indexed && !index)) {
    const { in: values, ...others } = (where[name] ?? {}) as { in?: readonly unknown[]; eq?: unknown };
    const each = new Set(values);
    if (each.size > 1 && each.size <= MOST_SHARES && !('eq' in others)) return [...each].map((value) => ({ ...where, [name]: { ...others, eq: value } }));
  }
  return [];
}

/** FileConnection of the files that fit the condition and the field's own `where`, `orderBy`, `first` and `after`. */
export function fileConnection(look: Look, { identity, condition, list }: { identity: object; condition?: (file: Table) => Sql; list?: Sql }): Sql {
  const { where, orderBy } = look.args as { where?: object | null; orderBy?: FileOrderInput[] | null };
  const { filter, pageSize } = look.request;
  const conditionOf = (file: Table, those?: object | null) => all([...(condition ? [condition(file)] : []), ...(those ? [fileCondition(file, those, filter)] : [])]);
  return connection(look, {
    name: 'File', table: look.tables.file, ...(list && { list }),
    identity: { ...identity, where: where ?? {} },
    condition: (file) => conditionOf(file, where),
    picksFew: picksFew(where ?? {}, filter.fields),
    shares: (file) => shares(where as Record<string, object | null> ?? {}, !orderBy?.length, filter.fields).map((one) => conditionOf(file, one)),
    order: fileOrder(orderBy ?? [], filter.fields, presentFields(where ?? {})),
    extra: ({ from, condition: matching, row }) => ({
      totalBytes: { column: () => sql`(select coalesce(sum(${row('bytes')}), 0) from ${from} where ${matching})` },
      facet: { relation: (below) => facet(below, { from, condition: matching, row }) },
      completeness: { relation: (below) => below.one('Completeness', (one) => ({ from: sql`(select) as ${one.alias}` })) },
    }),
  }, pageSize);
}
