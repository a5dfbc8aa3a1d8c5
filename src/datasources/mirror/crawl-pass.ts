import type pg from 'pg';

/** A pass under way. */
export interface Pass {
  /** When it began, by Rucio's clock: RFC 3339. */
  readonly began: string;
  /** Seconds since it began, by the mirror's clock. */
  readonly seconds: number;
  /** DIDs read so far. */
  readonly dids: number;
  readonly rsesRead: boolean;
}

export async function readPass(client: pg.ClientBase): Promise<Pass | null> {
  const answer = await client.query<Pass>(`
    select to_char(began at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as began, extract(epoch from now() - started_at)::float8 as seconds,
      dids::float8 as dids, rses_read as "rsesRead" from crawl.pass`);
  return answer.rows[0] ?? null;
}

/** Forgets the pass under way, and what it had listed. */
export async function dropPass(client: pg.ClientBase): Promise<void> {
  await client.query('truncate crawl.pass, crawl.scope, crawl.did, crawl.rule, crawl.content');
}

/** Begins a pass over these scopes and those that the mirror knows. Inside the caller's transaction. */
export async function beginPass(client: pg.ClientBase, began: string, scopes: readonly string[]): Promise<void> {
  await dropPass(client);
  await client.query('insert into crawl.pass (began) values ($1)', [began]);
  await client.query(`
    with recursive known (scope) as (
      (select scope from mirror.file order by scope limit 1)
      union all
      select (select f.scope from mirror.file f where f.scope > k.scope order by f.scope limit 1) from known k where k.scope is not null
    )
    insert into crawl.scope
    select scope from known where scope is not null
    union select scope from mirror.collection union select scope from mirror.rule union select unnest($1::text[])`, [scopes]);
}

export async function scopesLeft(client: pg.ClientBase): Promise<string[]> {
  const answer = await client.query<{ scope: string }>('select scope from crawl.scope order by scope');
  return answer.rows.map(({ scope }) => scope);
}

/** What the pass has yet to read. */
export async function countLeft(client: pg.ClientBase): Promise<{ collections: number; files: number }> {
  const answer = await client.query<{ collections: number; files: number }>(
    `select count(*) filter (where did_type <> 'FILE')::float8 as collections, count(*) filter (where did_type = 'FILE')::float8 as files from crawl.did`);
  return answer.rows[0]!;
}
