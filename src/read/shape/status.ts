import { sql } from 'kysely';
import type { Shape } from '../shape.js';
import { LAG_SECONDS } from '../status.js';

// Both read the one row of mirror.source and the count of rows set aside; without a row, nothing has been followed yet.
const setAside = sql`(select count(*) from mirror.set_aside)`;
const followed = sql`(select s.as_of is not null from mirror.source s)`;

export const completenessShape: Shape = { type: 'Completeness', fields: {
  complete: { column: () => sql`coalesce(${followed}, false) and ${setAside} = 0` },
  truncatedBy: { column: () => sql`case when not coalesce(${followed}, false) then 'SNAPSHOT' when ${setAside} > 0 then 'SET_ASIDE' end` },
  asOf: { column: () => sql`(select s.as_of from mirror.source s)` },
} };

/** After so many seconds without a sign of life from sync, the mirror counts as stale. */
const STALE_AFTER_SECONDS = 10;

export const mirrorShape: Shape = { type: 'Mirror', fields: {
  source: { column: () => sql`coalesce((select s.kind from mirror.source s), 'REPLICATION')` },
  state: { column: () => sql`coalesce((select case
    when s.checked_at is null or s.checked_at < clock_timestamp() - make_interval(secs => ${sql.lit(STALE_AFTER_SECONDS)}) then 'STALE' else s.state end from mirror.source s), 'STALE')` },
  asOf: { column: () => sql`(select s.as_of from mirror.source s)` },
  lagSeconds: { column: () => sql`(select ${sql.raw(LAG_SECONDS)} from mirror.source s)` },
  setAside: { column: () => setAside },
} };
