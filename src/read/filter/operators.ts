import { sql } from 'kysely';
import { isStorableText } from '../../domain/storable-text.js';
import { DipperError } from '../../errors.js';
import { all, any, type Sql } from '../sql.js';

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
  // An empty list would let missing values through.
  notIn: (column, value, type) => sql`(${column} <> all(${value}::${type}[]) and ${column} is not null)`,
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
      if (typeof part === 'number' && !Number.isFinite(part)) throw refuse(`${where}.${name} has a number that is too large.`); // a literal such as 1e400
    }
    const operator = name === 'eq' && type.endsWith('[]') ? setEquality : operators[name]!;
    return operator(column, value, sql.raw(type), `${where}.${name}`);
  }));
}

type Condition = (name: string, value: unknown, where: string) => Sql;

/** and, or and not, and the conditions of one input type in between. */
export function filterTree(input: unknown, where: string, condition: Condition): Sql {
  const { all: conditions, subqueries } = sizeOf(input);
  if (conditions > MOST_CONDITIONS) throw tooMany(conditions, 'conditions', MOST_CONDITIONS);
  if (subqueries > MOST_SUBQUERIES) throw tooMany(subqueries, 'conditions `within` and `replica`', MOST_SUBQUERIES);
  return branch(input, where, condition);
}

function branch(input: unknown, where: string, condition: Condition): Sql {
  const branches = (name: string, value: unknown) => (value as unknown[]).map((one, index) => {
    if (one === null || one === undefined) throw refuse(`${where}.${name} has a null in it.`);
    return branch(one, `${where}.${name}[${index}]`, condition);
  });
  // Postgres tests conditions as they stand: those that cost least come first.
  return all(conditions(input, where).sort((a, b) => costOf(a) - costOf(b)).map(([name, value]) => {
    if (name === 'and') return all(branches(name, value));
    if (name === 'or') return any(branches(name, value));
    if (name === 'not') return sql`(${branch(value, `${where}.not`, condition)}) is not true`;
    return condition(name, value, `${where}.${name}`);
  }));
}

const subqueries = ['and', 'or', 'not', 'metadata', 'within', 'replica'];
const costOf = ([name, value]: readonly [string, unknown]) => (subqueries.includes(name) ? 2 : Object.keys(value as object).some((operator) => operator.startsWith('contain')) ? 1 : 0);

// Beyond these Postgres plans for seconds, and for joins of subqueries with gigabytes.
const MOST_CONDITIONS = 1000;
const MOST_SUBQUERIES = 32;
const tooMany = (count: number, what: string, most: number) => new DipperError('COST_LIMIT', `The filter has ${count} ${what}; at most ${most} are answered. Many values of one field go into \`in\`.`);

/** Conditions in a filter, its branches and those on metadata counted, too; and how many of them are subqueries. */
function sizeOf(filter: unknown): { all: number; subqueries: number } {
  const size = { all: 0, subqueries: 0 };
  for (const [name, value] of Object.entries(filter ?? {})) {
    const isTree = name === 'and' || name === 'or' || name === 'not';
    const parts = Array.isArray(value) && (isTree || name === 'metadata') ? value as unknown[] : [value];
    size.all += parts.length;
    if (name === 'within' || name === 'replica') size.subqueries += 1;
    if (isTree) {
      for (const part of parts) {
        const below = sizeOf(part);
        size.all += below.all;
        size.subqueries += below.subqueries;
      }
    }
  }
  return size;
}
