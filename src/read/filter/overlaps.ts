import { sql } from 'kysely';
import { microseconds } from '../../domain/date-time.js';
import { spanColumns } from '../../domain/metadata-field.js';
import { DipperError } from '../../errors.js';
import { hasLonger } from '../longest-file.js';
import type { Sql, Table } from '../sql.js';
import type { FilterContext } from './filter-context.js';

/**
 * Files whose startTime..endTime overlaps from..to. No file is longer than `longestSeconds`, so each of them starts after from minus
 * that: a short stretch of an index. A longer file that has just come ends the statement, for it could be missed.
 */
export function overlaps(file: Table, { from, to }: { readonly from: string; readonly to: string }, where: string, { fields, longestSeconds }: FilterContext): Sql {
  if (microseconds(from) > microseconds(to)) throw new DipperError('BAD_USER_INPUT', `${where} ends before it begins.`);
  const columns = spanColumns(fields)!; // without them the schema has no such condition
  const [start, end] = [file(columns.start), file(columns.end)];
  const longest = sql`make_interval(secs => ${longestSeconds}::float8)`;
  return sql`(${start} <= ${to}::timestamptz and ${end} >= ${from}::timestamptz
    and ${start} >= ${from}::timestamptz - ${longest} and (select mirror.still(not ${hasLonger(columns, longest)})))`;
}
