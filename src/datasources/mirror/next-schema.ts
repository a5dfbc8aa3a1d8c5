import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Schema that a snapshot is taken into. */
export const NEXT = 'mirror_next';
const OLD = 'mirror_old';

/** Tables that are small, or needed to fill the others: they have their indexes from the start. */
const EARLY = ['rse', 'rse_attribute', 'rse_protocol', 'rse_usage', 'collection', 'rule', 'set_aside'];
/** Tables that are filled first and indexed afterwards. */
const LATE = ['file', 'replica', 'content_file', 'content_collection'];
const ALL = [...EARLY, ...LATE];

/** Names in definitions are then written with their schemas. */
const QUALIFIED = `select set_config('search_path', '', true)`;

interface Definitions { readonly indexes: readonly string[]; readonly keys: readonly string[]; readonly references: readonly string[] }

/** Statements that make of tables of the next schema what the mirror's are, and have not been run yet. Keys are made of their indexes. */
async function definitions(client: pg.ClientBase, tables: readonly string[]): Promise<Definitions> {
  await client.query('begin');
  await client.query(QUALIFIED);
  // The longest to build come first, so that what is left at the end is short.
  const indexes = await client.query<{ definition: string }>(`
    select indexdef as definition from pg_indexes i where schemaname = 'mirror' and tablename = any ($1)
      and not exists (select from pg_indexes n where n.schemaname = $2 and n.tablename = i.tablename and n.indexname = i.indexname)
    order by indexdef like '% USING gin %' desc, tablename, indexname`, [tables, NEXT]);
  const constraints = await client.query<{ name: string; table: string; type: string; definition: string }>(`
    select c.conname as name, t.relname as table, c.contype as type, pg_get_constraintdef(c.oid) as definition
    from pg_constraint c join pg_class t on t.oid = c.conrelid
    where t.relnamespace = 'mirror'::regnamespace and t.relname = any ($1) and c.contype in ('p', 'u', 'f')
      and not exists (select from pg_constraint n join pg_class o on o.oid = n.conrelid where n.connamespace = $2::regnamespace and o.relname = t.relname and n.conname = c.conname)
    order by 1`, [tables, NEXT]);
  await client.query('commit');
  const add = ({ name, table }: { name: string; table: string }) => `alter table ${NEXT}."${table}" add constraint "${name}"`;
  return {
    indexes: indexes.rows.map(({ definition }) => definition.replace(' ON mirror.', ` ON ${NEXT}.`)),
    keys: constraints.rows.filter(({ type }) => type !== 'f').map((one) => `${add(one)} ${one.type === 'p' ? 'primary key' : 'unique'} using index "${one.name}"`),
    references: constraints.rows.filter(({ type }) => type === 'f').map((one) => `${add(one)} ${one.definition.replace('REFERENCES mirror.', `REFERENCES ${NEXT}.`)}`),
  };
}

/** Makes the next schema anew, with the mirror's tables, empty; those that are filled first have no keys yet. Answers the id after which files are free. */
export async function createNext(client: pg.ClientBase): Promise<string> {
  await dropOld(client);
  await client.query(`drop schema if exists ${NEXT} cascade`);
  await client.query(`create schema ${NEXT}`);
  for (const table of ALL) await client.query(`create table ${NEXT}."${table}" (like mirror."${table}" including all excluding indexes)`);
  // An id is never used for two things, not even one after the other.
  for (const table of ['rse', 'collection', 'file']) await client.query(`select setval(pg_get_serial_sequence('${NEXT}.${table}', 'id'), nextval(pg_get_serial_sequence('mirror.${table}', 'id')))`);
  const { indexes, keys, references } = await definitions(client, EARLY);
  for (const sql of [...indexes, ...keys, ...references]) await client.query(sql);
  await client.query(`create table ${NEXT}.late (id bigint generated always as identity primary key, source_table text not null, "row" text not null)`);
  const grants = await client.query<{ sql: string }>(`
    select format('grant %s on ${NEXT}.%I to %s', a.privilege_type, c.relname, case a.grantee when 0 then 'public' else a.grantee::regrole::text end) as sql
    from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'mirror'::regnamespace and c.relname = any ($1) and a.grantee <> c.relowner`, [ALL]);
  for (const { sql } of grants.rows) await client.query(sql);
  const ids = await client.query<{ last: string }>(`select nextval(pg_get_serial_sequence('${NEXT}.file', 'id')) as last`);
  return ids.rows[0]!.last;
}

/** Gives the next RSEs the ids of the mirror's, since readers keep these for a moment. */
export async function presetRses(client: pg.ClientBase): Promise<void> {
  await client.query(`insert into ${NEXT}.rse overriding system value select * from mirror.rse`);
  await client.query(`update ${NEXT}.rse set name = rse_id::text`); // one may have taken another's name since
}

/** Drops all RSEs but those with one of Rucio's ids. */
export async function keepRses(client: pg.ClientBase, ids: readonly string[]): Promise<void> {
  await client.query(`delete from ${NEXT}.rse where rse_id <> all ($1::uuid[])`, [ids]);
}

/** Builds what the tables lack that were filled without keys, on several connections at a time; can be run again after a break. */
export async function indexNext(clients: readonly pg.ClientBase[], report: (left: number) => void): Promise<void> {
  const [client] = clients as [pg.ClientBase];
  await client.query(`select setval(pg_get_serial_sequence('${NEXT}.file', 'id'), greatest((select max(id) from ${NEXT}.file), nextval(pg_get_serial_sequence('${NEXT}.file', 'id'))))`);
  const { indexes, keys, references } = await definitions(client, LATE);
  const waiting = [...indexes];
  await Promise.all(clients.map(async (one) => {
    // The connections are the workers: more of them cost half as much again in all.
    await one.query(`set maintenance_work_mem = '512MB'; set max_parallel_maintenance_workers = 0`);
    for (let sql = waiting.shift(); sql; sql = waiting.shift()) {
      await one.query(sql);
      report(waiting.length);
    }
    await one.query('reset maintenance_work_mem; reset max_parallel_maintenance_workers');
  }));
  for (const sql of keys) await client.query(sql);
  await client.query(`analyze ${ALL.map((table) => `${NEXT}."${table}"`).join(', ')}`);
  for (const sql of references) await client.query(sql);
}

/** While the lock is waited for, readers wait behind it. From a second on, Postgres might end one of them as part of a deadlock. */
const LOCK_MS = { first: 200, longest: 800 };
/** They go on in between. */
const PAUSES = 3;
const isBusy = (error: unknown) => error instanceof pg.DatabaseError && (error.code === '55P03' || error.code === '40P01');

/**
 * Puts the next tables in the place of the mirror's, in one transaction together with what `finish` writes. Readers that are under way
 * end first; new ones never wait long, for the lock is asked for in short tries with pauses between them. `finish` runs under the lock.
 */
export async function swapNext(client: pg.ClientBase, signal: AbortSignal, finish: () => Promise<void>): Promise<void> {
  await client.query(`create schema if not exists ${OLD}`);
  for (let wait = LOCK_MS.first; ; wait = Math.min(wait * 1.5, LOCK_MS.longest)) {
    signal.throwIfAborted();
    try {
      await client.query('begin');
      await client.query(`set local lock_timeout = ${Math.round(wait)}`);
      await client.query(`lock table ${ALL.map((table) => `mirror."${table}"`).join(', ')} in access exclusive mode`);
      for (const table of ALL) {
        await client.query(`alter table mirror."${table}" set schema ${OLD}`);
        await client.query(`alter table ${NEXT}."${table}" set schema mirror`);
      }
      await finish();
      await client.query('commit');
      break;
    } catch (error) {
      if (!isBusy(error)) throw error;
      await client.query('rollback');
      await sleep(PAUSES * wait, undefined, { signal }).catch(() => undefined);
    }
  }
  await dropSnapshots(client);
}

/** Throws away what earlier snapshots have left behind. */
export async function dropSnapshots(client: pg.ClientBase): Promise<void> {
  await client.query(`drop schema if exists ${NEXT} cascade`);
  await dropOld(client);
}

/** Whether tables are there that a snapshot can go on to fill. */
export async function nextExists(client: pg.ClientBase): Promise<boolean> {
  const answer = await client.query<{ there: boolean }>(`select to_regclass('${NEXT}.late') is not null as there`);
  return answer.rows[0]!.there;
}

/** Throws away the tables that were replaced. */
export async function dropOld(client: pg.ClientBase): Promise<void> {
  await client.query(`drop schema if exists ${OLD} cascade`);
}
