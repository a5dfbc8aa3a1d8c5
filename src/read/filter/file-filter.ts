import { sql } from 'kysely';
import { columnType, type MetadataField } from '../../domain/metadata-field.js';
import type { Sql, Table } from '../sql.js';
import { everyScope } from '../every-scope.js';
import { fileColumns } from '../file-columns.js';
import { metadataConditions } from './metadata-condition.js';
import { columnCondition, filterTree } from './operators.js';
import { overlaps, type Interval } from './overlaps.js';
import { replicaCondition } from './replica-filter.js';
import type { FilterContext } from './filter-context.js';
import { filesWithin } from './within.js';

/** FileFilter as a condition on a row of mirror.file. */
export function fileCondition(file: Table, input: object, context: FilterContext): Sql {
  const fields = new Map(context.fields.map((field) => [field.name, field]));
  return filterTree(input, 'where', (name, value, where) => {
    if (name === 'replica') return replicaCondition(file, value, where, context);
    if (name === 'metadata') return metadataConditions(file, value, where);
    if (name === 'within') return filesWithin(file, value as string, context);
    if (name === 'time') return overlaps(file, value as Interval, `${where}.overlaps`, context);
    if (name === 'name') return byName(file, value, where, context);
    const field = fileColumns[name] ?? fieldOf(fields, name);
    return columnCondition(file(field.column), columnType(field), value, where);
  });
}

/** Conditions on the name alone; where they pick few names, an index on (scope, name) serves them scope by scope. */
function byName(file: Table, value: unknown, where: string, { anyScope }: FilterContext): Sql {
  const condition = columnCondition(file('name'), 'text', value, where);
  return !anyScope && ['eq', 'in', 'startsWith'].some((operator) => operator in (value as object)) ? sql`(${file('scope')} = any(${everyScope}) and ${condition})` : condition;
}

function fieldOf(fields: ReadonlyMap<string, MetadataField>, name: string): MetadataField {
  const field = fields.get(name);
  if (!field) throw new Error(`The filter ${name} has no field in the registry.`);
  return field;
}
