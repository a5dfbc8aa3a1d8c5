import type pg from 'pg';

/** Scopes that the mirror has anything of; the index is walked, not the files. */
export async function knownScopes(client: pg.ClientBase): Promise<string[]> {
  const answer = await client.query<{ scope: string }>(`
    with recursive known (scope) as (
      (select scope from mirror.file order by scope limit 1)
      union all
      select (select f.scope from mirror.file f where f.scope > k.scope order by f.scope limit 1) from known k where k.scope is not null
    )
    select scope from known where scope is not null union select scope from mirror.collection union select scope from mirror.rule`);
  return answer.rows.map(({ scope }) => scope);
}
