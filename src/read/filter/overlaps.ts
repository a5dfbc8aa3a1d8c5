import { sql } from 'kysely';
import { microseconds } from '../../domain/date-time.js';
import { LONG_FILE, spanColumns, type SpanColumns } from '../../domain/metadata-field.js';
import { DipperError } from '../../errors.js';
import type { Sql, Table } from '../sql.js';
import type { FilterContext } from './filter-context.js';

/** IntervalFilter, or one of its two shares. */
export interface Interval { readonly overlaps: { readonly from: string; readonly to: string }; readonly long?: boolean }

const isLong = (file: Table, { start, end }: SpanColumns): Sql => sql`${file(end)} - ${file(start)} > ${sql.raw(LONG_FILE)}`;

/**
 * Files whose startTime..endTime overlaps from..to. Those that are not long begin at most that long before it: a short stretch of an
 * index. The few long ones have an index of their own.
 */
export function overlaps(file: Table, { overlaps: { from, to }, long }: Interval, where: string, { fields }: FilterContext): Sql {
  if (microseconds(from) > microseconds(to)) throw new DipperError('BAD_USER_INPUT', `${where} ends before it begins.`);
  const columns = spanColumns(fields)!; // without them the schema has no such condition
  const isNear = sql`${file(columns.start)} >= ${from}::timestamptz - ${sql.raw(LONG_FILE)}`;
  const which = long === undefined ? sql`(${isNear} or ${isLong(file, columns)})` : long ? isLong(file, columns) : sql`(${isNear} and (${isLong(file, columns)}) is not true)`;
  return sql`(${file(columns.start)} <= ${to}::timestamptz and ${file(columns.end)} >= ${from}::timestamptz and ${which})`;
}

/** The interval as two filters of which each file fits one: an index can walk each. */
export const intervalShares = (interval: Interval): Interval[] => [{ ...interval, long: false }, { ...interval, long: true }];
