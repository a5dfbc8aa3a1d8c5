import { sql } from 'kysely';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import { compile, type Sql } from './sql.js';

/** After so many seconds without a sign of the source, the mirror counts as stale. */
const STALE_AFTER_SECONDS = 10;

const isSeen = sql`coalesce(s.checked_at >= clock_timestamp() - make_interval(secs => ${sql.lit(STALE_AFTER_SECONDS)}), false)`;
/** 0 where there is no such moment. */
const ageOf = (moment: Sql) => sql`greatest(0, extract(epoch from clock_timestamp() - ${moment}))::float8`;

/** What the mirror is doing, over mirror.source as s. */
export const STATE = sql`case when ${isSeen} then s.state else 'STALE' end`;

/**
 * Age in seconds of the oldest change that is not in the mirror, over mirror.source as s; null before the first snapshot. Whoever streams knows
 * whether there is one; else any change since asOf may be missing.
 */
export const LAG_SECONDS = sql`case when s.as_of is null then null
  when s.state = 'STREAMING' and ${isSeen} then ${ageOf(sql`s.behind_since`)}
  else ${ageOf(sql`least(s.as_of, s.behind_since)`)} end`;

export interface MirrorStatus {
  readonly state: string;
  readonly asOf: Date | null;
  readonly lagSeconds: number | null;
  readonly setAside: number;
  /** Log that the source keeps for the mirror, in bytes, and what it says of the slot; null where that is not known. */
  readonly backlogBytes: number | null;
  readonly slotStatus: string | null;
}

const statement = compile(sql`
  select case when s.state is null then 'STALE' else ${STATE} end as state, s.as_of as "asOf", ${LAG_SECONDS} as "lagSeconds",
    (select count(*) from mirror.set_aside)::float8 as "setAside", s.backlog_bytes::float8 as "backlogBytes", s.slot_status as "slotStatus"
  from (select) one left join mirror.source s on true`).sql;

/** How the mirror is doing, for health and metrics. */
export async function mirrorStatus(pool: MirrorPool): Promise<MirrorStatus> {
  const [status] = await pool.rows<MirrorStatus & Record<string, unknown>>(statement);
  return status!;
}
