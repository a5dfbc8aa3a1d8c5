import { createHash } from 'node:crypto';
import type pg from 'pg';

/** A row of Rucio's that cannot be taken in. */
export interface AsideRow {
  /** Rucio's name of the table that it stands for. */
  readonly table: string;
  /** Parts of its key; null where Rucio did not tell one. */
  readonly key: readonly (string | null)[];
  readonly reason: string;
  readonly row: unknown;
}

/** Postgres cannot hold a NUL; it is shown as one. */
const shown = (text: string) => text.replaceAll('\0', '\u2400').toWellFormed();
const MAX_ROW_LETTERS = 10_000;
/** More than any name of Rucio's; an index takes no keys of any length. */
const MAX_KEY_LETTERS = 500;
const keyed = (part: string) => (part.length > MAX_KEY_LETTERS ? `${part.slice(0, MAX_KEY_LETTERS)}\u2026${createHash('sha1').update(part).digest('hex')}` : part);

/** Keeps rows aside, with why. */
export async function setAside(client: pg.ClientBase, rows: readonly AsideRow[]): Promise<void> {
  for (const { table, key, reason, row } of rows) {
    const parts = key.map((part) => (part === null ? null : shown(keyed(part))));
    const text = shown(JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? 'null').slice(0, MAX_ROW_LETTERS);
    await client.query(
      `insert into mirror.set_aside (source_table, key, reason, "row") values ($1, json_build_array(${parts.map((_, at) => `$${at + 4}::text`).join(', ')})::text, $2, $3)
       on conflict (source_table, key) do update set reason = excluded.reason, waits_for = '{}', "row" = excluded."row", seen_at = now()`,
      [table, shown(reason), text, ...parts]);
  }
}

/** Forgets what was set aside below these DIDs: their copies and their content are about to be written anew. */
export async function forgetBelow(client: pg.ClientBase, tables: readonly ('replicas' | 'contents')[], dids: readonly { scope: string; name: string }[]): Promise<void> {
  await client.query(`
    delete from mirror.set_aside where source_table = any ($1)
      and (key::json ->> 0, key::json ->> 1) in (select scope, name from json_to_recordset($2::json) as g (scope text, name text))`, [tables, JSON.stringify(dids)]);
}

/** Forgets what was set aside of a scope's DIDs that Rucio no longer lists. */
export async function forgetUnlisted(client: pg.ClientBase, scope: string): Promise<void> {
  await client.query(`
    delete from mirror.set_aside a where source_table in ('dids', 'did_meta', 'replicas', 'contents') and key::json ->> 0 = $1
      and not exists (select from crawl.did d where d.scope = $1 and d.name = a.key::json ->> 1)`, [scope]);
}

/** Forgets what was set aside of rules and scopes before this pass and was not met in it. */
export async function forgetUnmet(client: pg.ClientBase): Promise<void> {
  await client.query(`
    delete from mirror.set_aside a using crawl.pass p where a.source_table in ('rules', 'scopes') and a.seen_at < p.started_at
      and not exists (select from crawl.rule r where r.id::text = a.key::json ->> 0)`);
}

export async function forgetTables(client: pg.ClientBase, tables: readonly string[]): Promise<void> {
  await client.query('delete from mirror.set_aside where source_table = any ($1)', [tables]);
}
