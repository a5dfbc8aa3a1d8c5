import type pg from 'pg';
import { connect, disconnect } from '../postgres/connect.js';
import { oneByOne } from '../postgres/one-by-one.js';

/** Two parts of a key: scope and name, or scope and id. */
export interface EntryKey { readonly a: string; readonly b: string }

/** An entry of a list: its key, and what else is told of it. */
export interface ListEntry extends EntryKey { readonly more: string }

/** What the mirror has of a scope, as entries after the key ($2, $3) by the bytes of their keys, at most $4. */
const ofScope = {
  names: `
    (select scope as a, name as b, 'FILE' as more, 1 as place from mirror.file where scope = $5 and (scope, name) > ($2, $3) order by scope, name limit $4)
    union all
    (select scope, name, did_type::text, 1 from mirror.collection where scope = $5 and (scope, name) > ($2, $3) order by scope, name limit $4)`,
  rules: `(select scope as a, id::text collate "C" as b, '' as more, 1 as place from mirror.rule where scope = $5 and (scope, id::text collate "C") > ($2, $3) order by scope, id::text collate "C" limit $4)`,
} as const;

const content = `
  select f.scope as a, f.name as b, 'FILE' as more
  from mirror.collection p join mirror.content_file t on t.collection_id = p.id join mirror.file f on f.id = t.file_id where p.scope = $2 and p.name = $3
  union all
  select k.scope, k.name, 'COLLECTION'
  from mirror.collection p join mirror.content_collection t on t.collection_id = p.id join mirror.collection k on k.id = t.child_id where p.scope = $2 and p.name = $3`;

/** Lists too long for memory, kept in the mirror's server as long as the connection; each entry knows in which readings it was. */
export class StagedLists {
  private constructor(readonly client: pg.Client) {}

  static async open(mirrorUrl: string, signal: AbortSignal): Promise<StagedLists> {
    const client = oneByOne(await connect(mirrorUrl, { purpose: 'verify lists', signal, answerMs: 120_000 }));
    await client.query(`
      create temp table entry (
        list text collate "C" not null, a text collate "C" not null, b text collate "C" not null, more text not null, readings int not null, primary key (list, a, b)
      )`);
    return new StagedLists(client);
  }

  async add(list: string, entries: readonly ListEntry[], reading: number): Promise<void> {
    await this.client.query(`
      insert into entry as e (list, a, b, more, readings)
      select distinct on (a, b) $2, a, b, more, $3::int from json_to_recordset($1::json) as g (a text, b text, more text) order by a, b
      on conflict (list, a, b) do update set readings = e.readings | excluded.readings, more = excluded.more`, [JSON.stringify(entries), list, 1 << reading]);
  }

  /** Keys that one reading of the list had and another had not. */
  async inOneOnly(list: string, has: number, hasNot: number, limit: number): Promise<EntryKey[]> {
    const answer = await this.client.query<EntryKey>(
      'select a, b from entry where list = $1 and readings & $2 <> 0 and readings & $3 = 0 limit $4', [list, 1 << has, 1 << hasNot, limit]);
    return answer.rows;
  }

  /** Those of the keys that the list has. */
  async some(list: string, keys: readonly EntryKey[]): Promise<ListEntry[]> {
    const answer = await this.client.query<ListEntry>(
      `select distinct e.a, e.b, e.more from json_to_recordset($2::json) as g (a text, b text) join entry e on e.list = $1 and e.a = g.a and e.b = g.b`, [list, JSON.stringify(keys)]);
    return answer.rows;
  }

  /** What is on the list of a scope or in the mirror, by the bytes of the keys, page by page; what the list says comes before what the mirror has. `listed` tells which. */
  async *pages(list: string, kind: keyof typeof ofScope, scope: string, limit: number): AsyncGenerator<(ListEntry & { listed: boolean })[]> {
    for (let after: EntryKey = { a: scope, b: '' }; ;) {
      const answer = await this.client.query<ListEntry & { listed: boolean }>(`
        select distinct on (a, b) a, b, more, place = 0 as listed from (
          (select a, b, more, 0 as place from entry where list = $1 and (a, b) > ($2, $3) order by a, b limit $4)
          union all ${ofScope[kind]}
        ) p order by a, b, place limit $4`, [list, after.a, after.b, limit, scope]);
      if (answer.rows.length) yield answer.rows;
      if (answer.rows.length < limit) return;
      after = answer.rows.at(-1)!;
    }
  }

  /** How much a collection holds by the list and in the mirror. */
  async countContent(list: string, { a, b }: EntryKey): Promise<{ rucio: number; mirror: number }> {
    const answer = await this.client.query<{ rucio: number; mirror: number }>(
      `select (select count(*) from entry where list = $1)::float8 as rucio, (select count(*) from (${content}) m)::float8 as mirror`, [list, a, b]);
    return answer.rows[0]!;
  }

  /** Children of the collection that the list or the mirror alone has, page by page. */
  async *contentInOneOnly(list: string, { a, b }: EntryKey, limit: number): AsyncGenerator<EntryKey[]> {
    for (let after: EntryKey = { a: '', b: '' }; ;) {
      const answer = await this.client.query<EntryKey>(`
        select distinct a, b from (
          select coalesce(l.a, m.a) as a, coalesce(l.b, m.b) as b
          from (select a, b, more from entry where list = $1) l full join (${content}) m on m.a = l.a and m.b = l.b and m.more = l.more
          where l.a is null or m.a is null
        ) d where (a, b) > ($4, $5) order by a, b limit $6`, [list, a, b, after.a, after.b, limit]);
      if (answer.rows.length) yield answer.rows;
      if (answer.rows.length < limit) return;
      after = answer.rows.at(-1)!;
    }
  }

  async drop(list: string): Promise<void> {
    await this.client.query('delete from entry where list = $1', [list]);
  }

  close(): Promise<void> {
    return disconnect(this.client);
  }
}
