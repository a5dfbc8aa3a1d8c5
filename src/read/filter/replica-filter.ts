import { sql } from 'kysely';
import { DipperError } from '../../errors.js';
import { all, type Sql, type Table } from '../sql.js';
import type { FilterContext } from './filter-context.js';
import { conditions } from './operators.js';

interface ReplicaInput { rse?: string; state?: string[]; dataCentre?: string; minDataCentres?: number; maxDataCentres?: number }

/** ReplicaFilter on a row of mirror.file: RSEs are worked out beforehand, so that only ids are left to compare. */
export function replicaCondition(file: Table, input: unknown, where: string, { rses }: FilterContext): Sql {
  if (conditions(input, where).length === 0) throw new DipperError('BAD_USER_INPUT', `${where} has no condition.`);
  const { rse, state, dataCentre, minDataCentres, maxDataCentres } = input as ReplicaInput;
  const fitting = rses(rse).filter((known) => dataCentre === undefined || known.dataCentre === dataCentre);
  const counted = minDataCentres !== undefined || maxDataCentres !== undefined;
  const states = state ?? (counted ? ['AVAILABLE'] : undefined);
  const ofFile = [
    sql`r.file_id = ${file('id')}`,
    ...(states ? [sql`r.state = any(${states}::mirror.replica_state[])`] : []),
  ];
  const ids = fitting.map(({ id }) => id);
  if (!counted) {
    return sql`exists (select from mirror.replica r where ${all([...ofFile, sql`r.rse_id = any(${ids}::int[])`])})`;
  }
  const count = sql`(select count(distinct c.data_centre) from mirror.replica r
    join unnest(${ids}::int[], ${fitting.map((known) => known.dataCentre)}::text[]) as c (rse_id, data_centre) on c.rse_id = r.rse_id where ${all(ofFile)})`;
  return all([
    ...(minDataCentres === undefined ? [] : [sql`${count} >= ${minDataCentres}::int`]),
    ...(maxDataCentres === undefined ? [] : [sql`${count} <= ${maxDataCentres}::int`]),
  ]);
}
