import { sql } from 'kysely';
import { stringify } from 'lossless-json';
import { jsonType, type JsonValue } from '../../domain/json-value.js';
import { isStorableText } from '../../domain/storable-text.js';
import { DipperError } from '../../errors.js';
import { all, any, type Sql, type Table } from '../sql.js';
import { conditions, escapedLike, likePattern } from './operators.js';

const refuse = (message: string) => new DipperError('BAD_USER_INPUT', message);
const json = (value: JsonValue): Sql => sql`${stringify(value)}::jsonb`;
const text = (stored: Sql): Sql => sql`(${stored} #>> '{}') collate "C"`;
const isOfType = (stored: Sql, type: string): Sql => sql`jsonb_typeof(${stored}) = ${sql.lit(type)}`;

/** Numbers by value, texts by their bytes; nothing else has an order. */
const compare = (sign: string) => (stored: Sql, value: JsonValue, where: string): Sql => {
  const type = jsonType(value);
  if (type === 'number') return sql`(${isOfType(stored, type)} and ${stored} ${sql.raw(sign)} ${json(value)})`;
  if (type === 'string') return sql`(${isOfType(stored, type)} and ${text(stored)} ${sql.raw(sign)} ${value})`;
  throw refuse(`${where} compares by order, so it takes a number or a text.`);
};
const differs = (stored: Sql, value: JsonValue): Sql => sql`(${isOfType(stored, jsonType(value))} and ${stored} <> ${json(value)})`;
const list = (value: JsonValue) => value as readonly JsonValue[];

type Operator = (stored: Sql, value: JsonValue, where: string) => Sql;
// A stored value of another type makes each of these false, as a missing one does; JSON's null counts as missing.
const operators: Readonly<Record<string, Operator>> = {
  eq: (stored, value) => sql`${stored} = ${json(value)}`,
  ne: differs,
  in: (stored, value) => sql`${stored} = any(${list(value).map((one) => stringify(one))}::jsonb[])`,
  notIn: (stored, value) => all([
    sql`${stored} <> all(${['null', ...list(value).map((one) => stringify(one))]}::jsonb[])`,
    ...[...new Set(list(value).map(jsonType))].map((type) => isOfType(stored, type)),
  ]),
  lt: compare('<'), lte: compare('<='), gt: compare('>'), gte: compare('>='),
  contains: (stored, value) => sql`exists (select from jsonb_array_elements(case jsonb_typeof(${stored}) when 'array' then ${stored} end) member where member = ${json(value)})`,
  startsWith: (stored, value) => sql`(${isOfType(stored, 'string')} and ${text(stored)} like ${`${escapedLike(String(value))}%`})`,
  like: (stored, value, where) => sql`(${isOfType(stored, 'string')} and ${text(stored)} like ${likePattern(value, where)})`,
  isNull: (stored, value) => (value ? sql`coalesce(${stored}, 'null') = 'null'` : sql`coalesce(${stored}, 'null') <> 'null'`),
};

/** Beyond these, looking each value up in the index costs more than it saves. */
const MOST_LOOKUPS = 50;

/** The same condition where it can be said as containment, which has an index: for values without parts it is equality. */
function contained(row: Table, key: string, operator: string, value: JsonValue): Sql | undefined {
  const values = operator === 'eq' || operator === 'contains' ? [value] : operator === 'in' ? list(value) : [];
  if (values.length === 0 || values.length > MOST_LOOKUPS || values.some((one) => typeof one === 'object')) return undefined;
  const pair = (one: JsonValue) => `{${JSON.stringify(key)}:${operator === 'contains' ? `[${stringify(one)}]` : stringify(one)}}`;
  return any(values.map((one) => sql`${row('metadata')} @> ${pair(one)}::jsonb`));
}

/** MetadataConditions on a row with a column `metadata`; all must hold. */
export function metadataConditions(row: Table, input: unknown, where: string): Sql {
  return all((input as { key: string }[]).map((condition, index) => {
    const place = `${where}[${index}]`;
    const { key } = condition;
    if (!isStorableText(key)) throw refuse(`${place}.key has a character that no key can have.`);
    const given = conditions(condition, place).filter(([name]) => name !== 'key');
    if (given.length === 0) throw refuse(`${place} has no operator.`);
    const stored = sql`(${row('metadata')} -> ${key}::text)`;
    return all(given.map(([name, value]) => {
      const listed = name === 'in' || name === 'notIn';
      if ((listed ? value as unknown[] : [value]).includes(null)) throw refuse(`${place}.${name} has a null in it. Use isNull.`);
      if (typeof value === 'string' && !isStorableText(value)) throw refuse(`${place}.${name} has a character that no value can have.`);
      return contained(row, key, name, value as JsonValue) ?? operators[name]!(stored, value as JsonValue, `${place}.${name}`);
    }));
  }));
}
