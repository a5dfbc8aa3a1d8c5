import { sql } from 'kysely';
import { isStorableText } from '../../domain/storable-text.js';
import { DipperError } from '../../errors.js';
import { all, type Sql } from '../sql.js';

/** Name of a Postgres type, such as bigint, text or integer[]. */
export type ValueType = string;

const refuse = (message: string) => new DipperError('BAD_USER_INPUT', message);

/** Entries of an input object. A condition or an operator that is null would widen the query: it is refused. */
export function conditions(input: unknown, where: string): [name: string, value: unknown][] {
  const entries = Object.entries(input as object).filter(([, value]) => value !== undefined);
  const empty = entries.find(([, value]) => value === null);
  if (empty) throw refuse(`${where}.${empty[0]} is null. Leave it out, or use isNull.`);
  return entries;
}

export const escapedLike = (text: string) => text.replace(/[\\%_]/g, '\\$&');

export function likePattern(pattern: unknown, where: string): string {
  const bare = String(pattern).replace(/\\[^]/g, '');
  if (bare.includes('\\')) throw refuse(`${where} ends with a backslash that escapes nothing.`);
  if (bare.split('%').length > 4) throw refuse(`${where} has more than three %.`);
  return String(pattern);
}

type Operator = (column: Sql, value: unknown, type: Sql, where: string) => Sql;
const compare = (operator: string): Operator => (column, value, type) => sql`${column} ${sql.raw(operator)} ${value}::${type}`;

// Two-valued at the top: a missing value makes each of these null, which `where` takes as false; `not` uses `is not true`.
const operators: Readonly<Record<string, Operator>> = {
  eq: compare('='), ne: compare('<>'), lt: compare('<'), lte: compare('<='), gt: compare('>'), gte: compare('>='),
  in: (column, value, type) => sql`${column} = any(${value}::${type}[])`,
  notIn: (column, value, type) => sql`${column} <> all(${value}::${type}[])`,
  startsWith: (column, value) => sql`${column} like ${`${escapedLike(String(value))}%`}`,
  contains: (column, value) => sql`${column} like ${`%${escapedLike(String(value))}%`}`,
  like: (column, value, _type, where) => sql`${column} like ${likePattern(value, where)}`,
  containsAll: compare('@>'), containsAny: compare('&&'), containedIn: compare('<@'),
  isNull: (column, value) => (value ? sql`${column} is null` : sql`${column} is not null`),
};

const setEquality: Operator = (column, value, type) => sql`(${column} @> ${value}::${type} and ${column} <@ ${value}::${type})`;

/** All operators of one condition, such as `{ gte: 5, lt: 9 }`; values are bound and cast to the column's type. */
export function columnCondition(column: Sql, type: ValueType, input: unknown, where: string): Sql {
  const given = conditions(input, where);
  if (given.length === 0) throw refuse(`${where} has no operator.`);
  return all(given.map(([name, value]) => {
    for (const part of Array.isArray(value) ? value : [value]) {
      if (part === null) throw refuse(`${where}.${name} has a null in it.`);
      if (typeof part === 'string' && !isStorableText(part)) throw refuse(`${where}.${name} has a character that no value can have.`);
    }
    const operator = name === 'eq' && type.endsWith('[]') ? setEquality : operators[name]!;
    return operator(column, value, sql.raw(type), `${where}.${name}`);
  }));
}

/** and, or and not, and the conditions of one input type in between. */
export function filterTree(input: unknown, where: string, condition: (name: string, value: unknown, where: string) => Sql): Sql {
  const branches = (name: string, value: unknown) => (value as unknown[]).map((branch, index) => {
    if (branch === null || branch === undefined) throw refuse(`${where}.${name} has a null in it.`);
    return filterTree(branch, `${where}.${name}[${index}]`, condition);
  });
  return all(conditions(input, where).map(([name, value]) => {
    if (name === 'and') return all(branches(name, value));
    if (name === 'or') return sql`(${sql.join([sql`false`, ...branches(name, value)], sql` or `)})`;
    if (name === 'not') return sql`(${filterTree(value, `${where}.not`, condition)}) is not true`;
    return condition(name, value, `${where}.${name}`);
  }));
}
