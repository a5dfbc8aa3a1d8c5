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

interface Definition { readonly name: string; readonly sql: string }

/** Keys and indexes of a table of the mirror, or its foreign keys, as statements for the same table of the next. */
async function definitions(client: pg.ClientBase, table: string, kind: 'keys' | 'foreign keys'): Promise<Definition[]> {
  await client.query('begin');
  await client.query(QUALIFIED);
  const constraints = await client.query<{ name: string; definition: string }>(
    `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = $1::regclass and contype = any ($2::"char"[])`,
    [`mirror.${table}`, kind === 'keys' ? ['p', 'u'] : ['f']]);
  const indexes = kind === 'keys' ? await client.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes where schemaname = 'mirror' and tablename = $1
       and indexname not in (select conname from pg_constraint where conrelid = $2::regclass) order by 1`, [table, `mirror.${table}`]) : { rows: [] };
  await client.query('commit');
  return [
    ...constraints.rows.map(({ name, definition }) => ({ name, sql: `alter table ${NEXT}."${table}" add constraint "${name}" ${definition.replace('REFERENCES mirror.', `REFERENCES ${NEXT}.`)}` })),
    ...indexes.rows.map(({ name, definition }) => ({ name, sql: definition.replace(' ON mirror.', ` ON ${NEXT}.`) })),
  ];
}

/** Runs what is not there yet. */
async function build(client: pg.ClientBase, wanted: readonly Definition[], table: string): Promise<void> {
  const present = await client.query<{ name: string }>(
    `select conname as name from pg_constraint where conrelid = $1::regclass union select indexname from pg_indexes where schemaname = $2 and tablename = $3`,
    [`${NEXT}.${table}`, NEXT, table]);
  for (const { name, sql } of wanted) if (!present.rows.some((row) => row.name === name)) await client.query(sql);
}

/** Makes the next schema anew, with the mirror's tables, empty; those that are filled first have no keys yet. Answers the id after which files are free. */
export async function createNext(client: pg.ClientBase): Promise<string> {
  await dropOld(client);
  await client.query(`drop schema if exists ${NEXT} cascade`);
  await client.query(`create schema ${NEXT}`);
  for (const table of ALL) await client.query(`create table ${NEXT}."${table}" (like mirror."${table}" including all excluding indexes)`);
  // An id is never used for two things, not even one after the other.
  for (const table of ['rse', 'collection', 'file']) await client.query(`select setval(pg_get_serial_sequence('${NEXT}.${table}', 'id'), nextval(pg_get_serial_sequence('mirror.${table}', 'id')))`);
  for (const table of EARLY) await build(client, await definitions(client, table, 'keys'), table);
  for (const table of EARLY) await build(client, await definitions(client, table, 'foreign keys'), table);
  await client.query(`create table ${NEXT}.late (id bigint generated always as identity primary key, source_table text not null, "row" text not null)`);
  const grants = await client.query<{ sql: string }>(`
    select format('grant %s on ${NEXT}.%I to %s', a.privilege_type, c.relname, case a.grantee when 0 then 'public' else a.grantee::regrole::text end) as sql
    from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'mirror'::regnamespace and c.relname = any ($1) and a.grantee <> c.relowner`, [ALL]);
  for (const { sql } of grants.rows) await client.query(sql);
  const ids = await client.query<{ last: string }>(`select nextval(pg_get_serial_sequence('${NEXT}.file', 'id')) as last`);
  return ids.rows[0]!.last;
}

/** Builds keys, indexes and foreign keys of the tables that were filled without; can be run again after a break. */
export async function indexNext(client: pg.ClientBase, report: (table: string) => void): Promise<void> {
  await client.query(`select setval(pg_get_serial_sequence('${NEXT}.file', 'id'), greatest((select max(id) from ${NEXT}.file), nextval(pg_get_serial_sequence('${NEXT}.file', 'id'))))`);
  await client.query(`set maintenance_work_mem = '512MB'`);
  for (const table of LATE) {
    await build(client, await definitions(client, table, 'keys'), table);
    report(table);
  }
  await client.query(`analyze ${ALL.map((table) => `${NEXT}."${table}"`).join(', ')}`);
  for (const table of LATE) await build(client, await definitions(client, table, 'foreign keys'), table);
  await client.query('reset maintenance_work_mem');
}

const LOCK_MS = { first: 200, longest: 10_000 };
const isBusy = (error: unknown) => error instanceof pg.DatabaseError && (error.code === '55P03' || error.code === '40P01');

/**
 * Puts the next tables in the place of the mirror's, in one transaction together with what `finish` writes. Readers that are under way
 * end first; new ones never wait long, for the lock is asked for in short tries.
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
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }
  await client.query(`drop schema ${NEXT} cascade`);
  await dropOld(client);
}

/** Throws away the tables that were replaced. */
export async function dropOld(client: pg.ClientBase): Promise<void> {
  await client.query(`drop schema if exists ${OLD} cascade`);
}
