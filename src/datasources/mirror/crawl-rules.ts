import type pg from 'pg';

/** A rule as listed; times are RFC 3339. */
export interface CrawlRule {
  readonly id: string;
  readonly createdAt: string;
}

export async function dropRules(client: pg.ClientBase, scope: string): Promise<void> {
  await client.query('delete from crawl.rule where scope = $1', [scope]);
}

/** Notes which rules a reading of their scope had. */
export async function noteRules(client: pg.ClientBase, scope: string, rules: readonly CrawlRule[], reading: number): Promise<void> {
  await client.query(`
    insert into crawl.rule as r (id, scope, created_at, readings)
    select distinct on (id) id, $3, "createdAt", $2::int from json_to_recordset($1::json) as g (id uuid, "createdAt" timestamptz) order by id
    on conflict (id) do update set readings = r.readings | excluded.readings where r.readings | excluded.readings <> r.readings`, [JSON.stringify(rules), 1 << reading, scope]);
}

/** Rules that one reading of the scope had and another had not. */
export async function rulesInOneOnly(client: pg.ClientBase, scope: string, has: number, hasNot: number): Promise<CrawlRule[]> {
  const answer = await client.query<CrawlRule>(
    `select id, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "createdAt" from crawl.rule where scope = $1 and readings & $2 <> 0 and readings & $3 = 0`,
    [scope, 1 << has, 1 << hasNot]);
  return answer.rows;
}

/** Rules on the scope's DIDs that the mirror has and no reading had. */
export async function rulesNotListed(client: pg.ClientBase, scope: string): Promise<string[]> {
  const answer = await client.query<{ id: string }>(
    'select t.id from mirror.rule t where t.scope = $1 and not exists (select from crawl.rule r where r.id = t.id)', [scope]);
  return answer.rows.map(({ id }) => id);
}
