import type pg from 'pg';
import type { WriteTable } from './write-table.js';

export interface CollectionName {
  readonly scope: string;
  readonly name: string;
}

const pairs = `(select scope, name from json_to_recordset($1::json) as r (scope text, name text))`;

/** Forgets what was listed of a collection's content. */
export async function dropContent(client: pg.ClientBase, { scope, name }: CollectionName): Promise<void> {
  await client.query('delete from crawl.content where scope = $1 and name = $2', [scope, name]);
}

/** Keeps some of what a collection holds; `type` is Rucio's letter. Answers how many are new. */
export async function keepContent(client: pg.ClientBase, { scope, name }: CollectionName, children: readonly { scope: string; name: string; type: string }[]): Promise<number> {
  const answer = await client.query(`
    insert into crawl.content select distinct on (g.scope, g.name) $2, $3, g.scope, g.name, g.type
    from json_to_recordset($1::json) as g (scope text, name text, type text) order by g.scope, g.name
    on conflict do nothing`, [JSON.stringify(children), scope, name]);
  return answer.rowCount!;
}

/** What the mirror has of the collections' content and the list has not. The statement's first parameter names the collections. */
const detached = `
  select p.scope, p.name, f.scope as child_scope, f.name as child_name, null as child_type, null::text[] as unchanged
  from mirror.collection p join mirror.content_file t on t.collection_id = p.id join mirror.file f on f.id = t.file_id
  where (p.scope, p.name) in ${pairs}
    and not exists (select from crawl.content c where c.scope = p.scope and c.name = p.name and c.child_scope = f.scope and c.child_name = f.name)
  union all
  select p.scope, p.name, k.scope, k.name, null, null
  from mirror.collection p join mirror.content_collection t on t.collection_id = p.id join mirror.collection k on k.id = t.child_id
  where (p.scope, p.name) in ${pairs}
    and not exists (select from crawl.content c where c.scope = p.scope and c.name = p.name and c.child_scope = k.scope and c.child_name = k.name)`;

/** Whether the mirror has content of the collection that the list has not. */
export async function hasDetached(client: pg.ClientBase, collection: CollectionName): Promise<boolean> {
  const answer = await client.query(`select from (${detached}) d limit 1`, [JSON.stringify([collection])]);
  return answer.rowCount === 1;
}

/**
 * Makes the mirror's content of the collections equal to what was listed, and forgets the list. Inside the caller's transaction. Answers how many
 * rows were taken in and removed. `kept` is the length of each list: throws where another list is there, which would take content away.
 */
export async function mergeContents(client: pg.ClientBase, contents: WriteTable, collections: readonly (CollectionName & { readonly kept: number })[]): Promise<[takenIn: number, removed: number]> {
  const names = [JSON.stringify(collections)];
  const other = await client.query<{ name: string }>(`
    select g.name from json_to_recordset($1::json) as g (scope text, name text, kept int)
    where g.kept <> (select count(*) from crawl.content c where c.scope = g.scope and c.name = g.name) limit 1`, names);
  if (other.rows[0]) throw new Error(`The list of what ${other.rows[0].name} holds is not the one that was read.`);
  const { rows: [gone] } = await client.query<{ removes: number }>(`select count(*)::int as removes from (${detached}) d`, names);
  if (gone!.removes > 0) await client.query(contents.remove(detached), names);
  await client.query(contents.upsert(`select c.*, null::text[] as unchanged from crawl.content c where (c.scope, c.name) in ${pairs}`), names);
  const listed = await client.query(`delete from crawl.content where (scope, name) in ${pairs}`, names);
  await client.query(`delete from crawl.did where (scope, name) in ${pairs}`, names);
  return [listed.rowCount!, gone!.removes];
}
