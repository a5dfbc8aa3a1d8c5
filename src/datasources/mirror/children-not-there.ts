import type pg from 'pg';
import { didTypeByLetter } from '../../domain/did-type.js';
import type { CrawlName } from './crawl-names.js';
import { words } from './write-table.js';

/** What the collection holds, as the crawl has listed it, and the mirror does not have at all. */
export async function childrenNotThere(client: pg.ClientBase, { scope, name }: { scope: string; name: string }): Promise<CrawlName[]> {
  const answer = await client.query<CrawlName>(`
    select c.child_scope as scope, c.child_name as name, ${words('c.child_type', didTypeByLetter)} as "didType" from crawl.content c
    where c.scope = $1 and c.name = $2
      and not exists (select from mirror.file f where f.scope = c.child_scope and f.name = c.child_name)
      and not exists (select from mirror.collection k where k.scope = c.child_scope and k.name = c.child_name)`, [scope, name]);
  return answer.rows;
}
