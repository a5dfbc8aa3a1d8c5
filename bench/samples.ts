import type pg from 'pg';
import { HIDDEN_SCOPE } from './viewer.js';

/** An observation to ask for, with what its files have. */
export interface SampledObservation { readonly obsId: string; readonly night: string; readonly from: string; readonly until: string; readonly telescope: number }
export interface Samples {
  readonly observations: readonly SampledObservation[];
  /** Neighbouring observations, 31 each. */
  readonly runs: readonly (readonly string[])[];
  readonly lfns: readonly string[];
  /** Keys of a row deep inside the files of one data level. */
  readonly deep: { readonly dataLevel: string; readonly scope: string; readonly name: string };
}

/** Values that the mirror has, spread evenly over it; the same on each run. Of observations, those with several pages of each type and with the newer keys. */
export async function takeSamples(client: pg.ClientBase): Promise<Samples> {
  const { rows: observations } = await client.query<SampledObservation>(`
    with fit as (select *, row_number() over (order by k) as n, count(*) over () as of from bench.observation where files >= 1200 and not flat)
    select obs_id::text as "obsId", night::text, telescopes[1] as telescope,
      to_char(start_time - interval '5 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as from, to_char(start_time + interval '5 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as until
    from fit where n % greatest(of / 50, 1) = 0 order by k limit 50`);
  const { rows: runs } = await client.query<{ ids: string[] }>(`
    select array_agg(other.obs_id::text order by other.k) as ids from bench.observation o join bench.observation other on other.k between o.k and o.k + 30
    where o.k % (select greatest(max(k) / 25, 1) from bench.observation) = 1 group by o.k having count(*) = 31 order by o.k`);
  const { rows: lfns } = await client.query<{ name: string }>(`
    select f.name from generate_series(1, 20000) as n join mirror.file f on f.id = 1 + n * 7919 % (select max(id) from mirror.file) where f.scope <> $1 order by n`, [HIDDEN_SCOPE]);
  const dataLevel = 'DL0';
  const { rows: [deep] } = await client.query<{ scope: string; name: string }>(`
    select scope, name from mirror.file where data_level = $1 and scope <> $2 order by scope, name offset (select max(id) / 10 from mirror.file) limit 1`, [dataLevel, HIDDEN_SCOPE]);
  return { observations, runs: runs.map(({ ids }) => ids), lfns: lfns.map(({ name }) => name), deep: { dataLevel, ...deep! } };
}
