import type pg from 'pg';
import type { CrawlName } from './crawl-names.js';

/** Where a walk of the list stands; the walk goes on after it. */
export interface Ranked extends CrawlName {
  /** Digits. */
  readonly rank: string;
}

const columns = 'scope, name, did_type::text as "didType"';
const pairs = `(select scope, name from json_to_recordset($1::json) as r (scope text, name text))`;

/** Files, or collections whose own row is yet to be read: from after the DID on, by name. */
export async function unread(client: pg.ClientBase, kind: 'files' | 'collections', after: { scope: string; name: string }, limit: number): Promise<CrawlName[]> {
  const answer = await client.query<CrawlName>(
    `select ${columns} from crawl.did where ${kind === 'files' ? `did_type = 'FILE'` : `did_type <> 'FILE' and rank is null`} and (scope, name) > ($1, $2) order by scope, name limit $3`,
    [after.scope, after.name, limit]);
  return answer.rows;
}

/** Collections whose own row is in the mirror and whose content is next, the highest rank first. */
export async function unlisted(client: pg.ClientBase, didType: 'DATASET' | 'CONTAINER', after: Ranked | null, limit: number): Promise<Ranked[]> {
  const answer = await client.query<Ranked>(
    `select ${columns}, rank::text from crawl.did where did_type = $1 and rank is not null ${after ? 'and (rank, scope, name) < ($3::bigint, $4, $5)' : ''} order by rank desc, scope desc, name desc limit $2`,
    after ? [didType, limit, after.rank, after.scope, after.name] : [didType, limit]);
  return answer.rows;
}

/** Takes note that these have been read: files are done with; the content of collections is next, by rank. */
export async function markRead(client: pg.ClientBase, read: readonly { scope: string; name: string; rank: string | null }[]): Promise<void> {
  const ranked = `json_to_recordset($1::json) as g (scope text, name text, rank bigint)`;
  await client.query(`delete from crawl.did d using ${ranked} where d.scope = g.scope and d.name = g.name and g.rank is null`, [JSON.stringify(read)]);
  await client.query(`update crawl.did d set rank = g.rank from ${ranked} where d.scope = g.scope and d.name = g.name and g.rank is not null and d.rank is null`, [JSON.stringify(read)]);
  await client.query('update crawl.pass set dids = dids + $1', [read.length]);
}

/** Files that the collections hold, as listed, and that have not been read in this pass: from after the DID on, by name. */
export async function unreadChildren(client: pg.ClientBase, collections: readonly { scope: string; name: string }[], after: { scope: string; name: string }, limit: number): Promise<CrawlName[]> {
  const answer = await client.query<CrawlName>(`
    select distinct c.child_scope as scope, c.child_name as name, 'FILE' as "didType" from crawl.content c
    where (c.scope, c.name) in ${pairs} and c.child_type = 'F' and (c.child_scope, c.child_name) > ($2, $3)
      and (exists (select from crawl.did d where d.scope = c.child_scope and d.name = c.child_name)
        or not exists (select from mirror.file f where f.scope = c.child_scope and f.name = c.child_name))
    order by 1, 2 limit $4`, [JSON.stringify(collections), after.scope, after.name, limit]);
  return answer.rows;
}

/** What the mirror has of the files' copies beyond the RSEs that are given for each, as keys of Rucio's table of replicas. */
export async function replicasBeyond(client: pg.ClientBase, files: readonly { scope: string; name: string; rses: readonly string[] }[]): Promise<Record<string, string>[]> {
  const answer = await client.query<Record<string, string>>(`
    select g.scope, g.name, e.rse_id::text from json_to_recordset($1::json) as g (scope text, name text, rses uuid[])
    join mirror.file f on f.scope = g.scope and f.name = g.name join mirror.replica r on r.file_id = f.id join mirror.rse e on e.id = r.rse_id
    where e.rse_id <> all (g.rses)`, [JSON.stringify(files)]);
  return answer.rows;
}
