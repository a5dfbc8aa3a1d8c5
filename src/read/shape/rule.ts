import { sql } from 'kysely';
import type { ColumnField, Shape } from '../shape.js';
import { columns } from '../shape.js';
import type { Sql, Table } from '../sql.js';
import type { VisibleTables } from '../visible-tables.js';

/** Rucio prints its uuids as 32 hex digits. */
const ruleId = (row: Table) => sql`replace(${row('id')}::text, '-', '')`;

/** What Rucio says of all files of a collection, told of those that the viewer may see: `part` makes that of both numbers of files. */
const ofSeen = (column: string, part: (value: Sql, seen: Sql, all: Sql) => Sql): ColumnField => ({ column: (row: Table, _args: unknown, { ofShare }: VisibleTables) =>
  (ofShare ? sql`case when ${row('did_type')} = 'FILE' then ${row(column)} else ${ofShare(row, (seen, all) => part(row(column), seen, all))} end` : row(column)) });
/** Nobody knows which files' copies they are: as many of them as of the files. */
const locks = (column: string) => ofSeen(column, (value, seen, all) => sql`round(${value}::numeric * ${seen} / greatest(${all}, 1))::int8`);

/** Rule: rows of mirror.rule. */
export const ruleShape: Shape = { type: 'Rule', fields: {
  id: { column: (row) => sql`'Rule:' || ${ruleId(row)}` },
  ruleId: { column: ruleId },
  ...columns({
    scope: 'scope', name: 'name', didType: 'did_type', account: 'account', rseExpression: 'rse_expression',
    sourceReplicaExpression: 'source_replica_expression', copies: 'copies', state: 'state', grouping: 'grouping', activity: 'activity',
    locked: 'locked', expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at',
  }),
  locksOkCnt: locks('locks_ok_cnt'), locksReplicatingCnt: locks('locks_replicating_cnt'), locksStuckCnt: locks('locks_stuck_cnt'),
  // It may name a file.
  error: ofSeen('error', (value, seen, all) => sql`case when ${all} > 0 and ${seen} = ${all} then ${value} end`),
} };
