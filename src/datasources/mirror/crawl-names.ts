import type pg from 'pg';
import type { DidType } from '../../domain/did-type.js';

export interface CrawlName {
  readonly scope: string;
  readonly name: string;
  readonly didType: DidType;
}

const given = `json_to_recordset($1::json) as g (scope text, name text, "didType" text)`;
const columns = 'scope, name, did_type::text as "didType"';

/** Puts DIDs on the list of what is to be read, and notes in which reading of their scope they were, where it was one. */
export async function queueNames(client: pg.ClientBase, names: readonly CrawlName[], reading?: number): Promise<void> {
  await client.query(`
    insert into crawl.did as d (scope, name, did_type, readings)
    select distinct on (scope, name) scope, name, "didType"::mirror.did_type, $2::int from ${given} order by 1, 2
    on conflict (scope, name) do update set readings = d.readings | excluded.readings where d.readings | excluded.readings <> d.readings`,
  [JSON.stringify(names), reading === undefined ? 0 : 1 << reading]);
}

export async function unqueueNames(client: pg.ClientBase, names: readonly { scope: string; name: string }[]): Promise<void> {
  await client.query(`delete from crawl.did d using ${given} where d.scope = g.scope and d.name = g.name`, [JSON.stringify(names)]);
}

export async function unqueueScope(client: pg.ClientBase, scope: string): Promise<void> {
  await client.query('delete from crawl.did where scope = $1', [scope]);
}

/** DIDs that one reading of the scope had and another had not, by name, from after the name on. */
export async function namesInOneOnly(client: pg.ClientBase, scope: string, has: number, hasNot: number, after: string, limit: number): Promise<CrawlName[]> {
  const answer = await client.query<CrawlName>(
    `select ${columns} from crawl.did where scope = $1 and name > $2 and readings & $3 <> 0 and readings & $4 = 0 order by name limit $5`,
    [scope, after, 1 << has, 1 << hasNot, limit]);
  return answer.rows;
}

/** DIDs of the scope that the mirror has and the list has not, by name, from after the name on. */
export async function namesNotListed(client: pg.ClientBase, scope: string, after: string, limit: number): Promise<CrawlName[]> {
  const unlisted = (table: string, type: string) => `(
    select t.scope, t.name, ${type} as "didType" from ${table} t
    where t.scope = $1 and t.name > $2 and not exists (select from crawl.did d where d.scope = t.scope and d.name = t.name) order by t.name limit $3)`;
  const answer = await client.query<CrawlName>(
    `${unlisted('mirror.file', `'FILE'`)} union all ${unlisted('mirror.collection', 't.did_type::text')} order by name limit $3`, [scope, after, limit]);
  return answer.rows;
}

/** Puts all that the mirror has of the scope on the list: it can be read although it cannot be listed. */
export async function queueKnown(client: pg.ClientBase, scope: string): Promise<void> {
  await client.query(`
    insert into crawl.did (scope, name, did_type)
    select scope, name, 'FILE' from mirror.file where scope = $1 union all select scope, name, did_type from mirror.collection where scope = $1
    on conflict do nothing`, [scope]);
}

/** Marks the names and rules of the scope as listed. */
export async function endScope(client: pg.ClientBase, scope: string): Promise<void> {
  await client.query('delete from crawl.scope where scope = $1', [scope]);
  await client.query('analyze crawl.did');
}
