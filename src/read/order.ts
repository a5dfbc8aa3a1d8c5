import { sql } from 'kysely';
import type { CursorKey } from '../domain/cursor.js';
import { isDateTime } from '../domain/date-time.js';
import { isStorableText } from '../domain/storable-text.js';
import { all, any, type Sql, type Table } from './sql.js';

export type KeyType = 'bigint' | 'integer' | 'float8' | 'boolean' | 'timestamptz' | 'text' | 'uuid';

/** One key of an order. Missing values come last in both directions. */
export interface OrderKey { readonly column: string; readonly type: KeyType; readonly direction: 'asc' | 'desc'; readonly nullable: boolean }

const isWhole = (bits: number) => (text: string) => /^-?\d{1,19}$/.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text);

const isText: Record<KeyType, (text: string) => boolean> = {
  bigint: isWhole(64),
  integer: isWhole(32),
  float8: (text) => /^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text) && Number.isFinite(Number(text)),
  boolean: (text) => text === 'true' || text === 'false',
  timestamptz: (text) => /^[\d-]{10} [\d:.]+\+00$/.test(text) && isDateTime(text.replace(' ', 'T').replace('+00', 'Z')),
  text: isStorableText,
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
};

/** Whether this can be the key's value in a cursor. */
export const isKeyValue = ({ type, nullable }: OrderKey) => (value: CursorKey): boolean => (value === null ? nullable : isText[type](value));

/** The order, or its reverse. */
const orderBy = (row: Table, keys: readonly OrderKey[], reverse: boolean): Sql => sql.join(keys.map(({ column, direction, nullable }) =>
  sql`${row(column)} ${sql.raw((direction === 'asc') === reverse ? 'desc' : 'asc')}${nullable ? sql.raw(reverse ? ' nulls first' : ' nulls last') : sql``}`));

const bound = (value: CursorKey, { type }: OrderKey): Sql => sql`${value}::${sql.raw(type)}`;
const sign = ({ direction }: OrderKey, side: Side) => sql.raw((direction === 'asc') === (side === 'after') ? '>' : '<');
const isUniform = (keys: readonly OrderKey[]) => keys.every(({ nullable, direction }) => !nullable && direction === keys[0]!.direction);

export type Side = 'after' | 'before';

/** Rows that come after, or before, the one with these values. */
export function isBeyond(row: Table, keys: readonly OrderKey[], values: readonly CursorKey[], side: Side): Sql {
  if (isUniform(keys)) { // a row comparison, which an index can serve
    return sql`(${sql.join(keys.map(({ column }) => row(column)))}) ${sign(keys[0]!, side)} (${sql.join(keys.map((key, index) => bound(values[index]!, key)))})`;
  }
  return any(keys.map((key, index) => all([...keys.slice(0, index).map((one, at) => isSame(row, one, values[at]!)), isPast(row, key, values[index]!, side)])));
}

const isSame = (row: Table, key: OrderKey, value: CursorKey): Sql => (value === null ? sql`${row(key.column)} is null` : sql`${row(key.column)} = ${bound(value, key)}`);

function isPast(row: Table, key: OrderKey, value: CursorKey, side: Side): Sql {
  if (value === null) return side === 'after' ? sql`false` : sql`${row(key.column)} is not null`;
  const past = sql`${row(key.column)} ${sign(key, side)} ${bound(value, key)}`;
  return key.nullable && side === 'after' ? sql`(${past} or ${row(key.column)} is null)` : past;
}

/** The row with these values. */
export const isSameRow = (row: Table, keys: readonly OrderKey[], values: readonly CursorKey[]): Sql => all(keys.map((key, index) => isSame(row, key, values[index]!)));

/** A part of a list that one walk along an index can give. */
export interface Stretch { readonly condition?: Sql; readonly order: Sql }

/**
 * The list, or its reverse, from a row with these values on, as stretches that follow each other: an index can walk each,
 * but not the whole, where missing values come last in both directions or directions differ.
 */
export function stretches(row: Table, keys: readonly OrderKey[], from: readonly CursorKey[] | undefined, reverse: boolean): Stretch[] {
  const side = reverse ? 'before' : 'after';
  const [first, ...rest] = keys as [OrderKey, ...OrderKey[]];
  if (isUniform(keys) || (!first.nullable && !from)) return [{ ...(from && { condition: isBeyond(row, keys, from, side) }), order: orderBy(row, keys, reverse) }];

  const column = row(first.column);
  const inOrder = orderBy(row, [{ ...first, nullable: false }, ...rest], reverse);
  const missing: Stretch = { condition: sql`${column} is null`, order: orderBy(row, rest, reverse) };
  const present: Stretch = { condition: sql`${column} is not null`, order: inOrder };
  if (!from) return reverse ? [missing, present] : [present, missing];

  const [value, ...others] = from as [CursorKey, ...CursorKey[]];
  const tied: Stretch = { condition: all([isSame(row, first, value), isBeyond(row, rest, others, side)]), order: orderBy(row, rest, reverse) };
  if (value === null) return reverse ? [tied, present] : [tied];
  const past: Stretch = { condition: sql`${column} ${sign(first, side)} ${bound(value, first)}`, order: inOrder };
  return first.nullable && !reverse ? [tied, past, missing] : [tied, past];
}
