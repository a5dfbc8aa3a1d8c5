import { sql } from 'kysely';
import type { Shape } from '../shape.js';
import { columns } from '../shape.js';
import type { Table } from '../sql.js';

/** Rucio prints its uuids as 32 hex digits. */
const ruleId = (row: Table) => sql`replace(${row('id')}::text, '-', '')`;

/** Rule: rows of mirror.rule. */
export const ruleShape: Shape = { type: 'Rule', fields: {
  id: { column: (row) => sql`'Rule:' || ${ruleId(row)}` },
  ruleId: { column: ruleId },
  ...columns({
    scope: 'scope', name: 'name', didType: 'did_type', account: 'account', rseExpression: 'rse_expression',
    sourceReplicaExpression: 'source_replica_expression', copies: 'copies', state: 'state', grouping: 'grouping', activity: 'activity',
    locksOkCnt: 'locks_ok_cnt', locksReplicatingCnt: 'locks_replicating_cnt', locksStuckCnt: 'locks_stuck_cnt', locked: 'locked',
    error: 'error', expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at',
  }),
} };
