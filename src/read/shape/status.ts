import { sql } from 'kysely';
import { POSITION } from '../mark.js';
import type { Shape } from '../shape.js';
import { LAG_SECONDS, STATE } from '../status.js';

// Both read the one row of mirror.source and the count of rows set aside; without a row, nothing has been followed yet.
const setAside = sql`(select count(*) from mirror.set_aside)`;
const followed = sql`(select s.as_of is not null from mirror.source s)`;
const asOf = sql`(select s.as_of from mirror.source s)`;

export const completenessShape: Shape = { type: 'Completeness', fields: {
  complete: { column: () => sql`coalesce(${followed}, false) and ${setAside} = 0` },
  truncatedBy: { column: () => sql`case when not coalesce(${followed}, false) then 'SNAPSHOT' when ${setAside} > 0 then 'SET_ASIDE' end` },
  asOf: { column: () => asOf },
  position: { column: () => POSITION },
} };

export const mirrorShape: Shape = { type: 'Mirror', fields: {
  source: { column: () => sql`coalesce((select s.kind from mirror.source s), 'REPLICATION')` },
  state: { column: () => sql`coalesce((select ${STATE} from mirror.source s), 'STALE')` },
  asOf: { column: () => asOf },
  position: { column: () => POSITION },
  lagSeconds: { column: () => sql`(select ${LAG_SECONDS} from mirror.source s)` },
  setAside: { column: () => setAside },
} };
