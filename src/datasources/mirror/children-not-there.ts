import type pg from 'pg';

/** What the collection holds, as the crawl has listed it, and the mirror does not have at all. */
export async function childrenNotThere(client: pg.ClientBase, { scope, name }: { scope: string; name: string }): Promise<{ scope: string; name: string }[]> {
  const answer = await client.query<{ scope: string; name: string }>(`
    select c.child_scope as scope, c.child_name as name from crawl.content c
    where c.scope = $1 and c.name = $2
      and not exists (select from mirror.file f where f.scope = c.child_scope and f.name = c.child_name)
      and not exists (select from mirror.collection k where k.scope = c.child_scope and k.name = c.child_name)`, [scope, name]);
  return answer.rows;
}
