import { sql } from 'kysely';
import type { Sql, Table } from '../sql.js';
import { columnCondition, filterTree, type ValueType } from './operators.js';

const own: Readonly<Record<string, [column: string, type: ValueType]>> = {
  scope: ['scope', 'text'], name: ['name', 'text'], account: ['account', 'text'], rseExpression: ['rse_expression', 'text'], createdAt: ['created_at', 'timestamptz'],
};

/** RuleFilter as a condition on a row of mirror.rule. */
export const ruleCondition = (rule: Table, input: object): Sql =>
  filterTree(input, 'where', (name, value, where) => {
    if (name === 'state') return sql`${rule('state')} = any(${value}::mirror.rule_state[])`;
    const [column, type] = own[name]!;
    return columnCondition(rule(column), type, value, where);
  });
