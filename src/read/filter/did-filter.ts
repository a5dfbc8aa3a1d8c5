import type { Sql, Table } from '../sql.js';
import type { FilterContext } from './filter-context.js';
import { metadataConditions } from './metadata-condition.js';
import { columnCondition, filterTree, type ValueType } from './operators.js';
import { collectionsWithin } from './within.js';

const own: Readonly<Record<string, [column: string, type: ValueType]>> = {
  scope: ['scope', 'text'], name: ['name', 'text'], account: ['account', 'text'], createdAt: ['created_at', 'timestamptz'],
};

/** DidFilter as a condition on a row of mirror.collection. */
export const didCondition = (collection: Table, input: object, context: FilterContext): Sql =>
  filterTree(input, 'where', (name, value, where) => {
    if (name === 'metadata') return metadataConditions(collection, value, where);
    if (name === 'within') return collectionsWithin(collection, value as string, context);
    const [column, type] = own[name]!;
    return columnCondition(collection(column), type, value, where);
  });
