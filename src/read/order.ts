import { sql } from 'kysely';
import type { CursorKey } from '../domain/cursor.js';
import { isDateTime } from '../domain/date-time.js';
import { isStorableText } from '../domain/storable-text.js';
import { all, any, type Sql, type Table } from './sql.js';

export type KeyType = 'bigint' | 'timestamptz' | 'text' | 'uuid';

/** One key of an order. Missing values come last in both directions. */
export interface OrderKey { readonly column: string; readonly type: KeyType; readonly direction: 'asc' | 'desc'; readonly nullable: boolean }

const isText: Record<KeyType, (text: string) => boolean> = {
  bigint: (text) => /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text),
  timestamptz: (text) => /^[\d-]{10} [\d:.]+\+00$/.test(text) && isDateTime(text.replace(' ', 'T').replace('+00', 'Z')),
  text: isStorableText,
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
};

/** Whether this can be the key's value in a cursor. */
export const isKeyValue = ({ type, nullable }: OrderKey) => (value: CursorKey): boolean => (value === null ? nullable : isText[type](value));

export const orderBy = (row: Table, keys: readonly OrderKey[]): Sql => sql.join(keys.map(({ column, direction, nullable }) =>
  sql`${row(column)} ${sql.raw(direction)}${nullable ? sql` nulls last` : sql``}`));

const bound = (value: CursorKey, { type }: OrderKey): Sql => sql`${value}::${sql.raw(type)}`;

/** Rows that come after the one with these values. */
export function isAfter(row: Table, keys: readonly OrderKey[], values: readonly CursorKey[]): Sql {
  if (keys.every(({ nullable, direction }) => !nullable && direction === keys[0]!.direction)) { // a row comparison, which an index can serve
    const sign = sql.raw(keys[0]!.direction === 'asc' ? '>' : '<');
    return sql`(${sql.join(keys.map(({ column }) => row(column)))}) ${sign} (${sql.join(keys.map((key, index) => bound(values[index]!, key)))})`;
  }
  return any(keys.map((key, index) => all([...keys.slice(0, index).map((before, at) => isSame(row, before, values[at]!)), isPast(row, key, values[index]!)])));
}

const isSame = (row: Table, key: OrderKey, value: CursorKey): Sql => (value === null ? sql`${row(key.column)} is null` : sql`${row(key.column)} = ${bound(value, key)}`);

function isPast(row: Table, key: OrderKey, value: CursorKey): Sql {
  if (value === null) return sql`false`;
  const past = sql`${row(key.column)} ${sql.raw(key.direction === 'asc' ? '>' : '<')} ${bound(value, key)}`;
  return key.nullable ? sql`(${past} or ${row(key.column)} is null)` : past;
}
