import type { MirrorPool } from '../datasources/mirror/pool.js';

export interface MirrorStatus { readonly asOf: Date | null; readonly lagSeconds: number | null; readonly setAside: number }

/** Age in seconds of the oldest change that is known and not applied, over mirror.source as s; null before the first snapshot. */
export const LAG_SECONDS = `case when s.as_of is null then null when s.behind_since is null then 0
  else greatest(0, extract(epoch from clock_timestamp() - s.behind_since))::float8 end`;

/** How the mirror is doing, for health and metrics. */
export async function mirrorStatus(pool: MirrorPool): Promise<MirrorStatus> {
  const [row] = await pool.rows<{ as_of: Date | null; lag: number | null; set_aside: string }>(`
    select s.as_of, ${LAG_SECONDS} as lag,
      (select count(*) from mirror.set_aside) as set_aside
    from (select) one left join mirror.source s on true`);
  return { asOf: row?.as_of ?? null, lagSeconds: row?.lag ?? null, setAside: Number(row?.set_aside ?? 0) };
}
