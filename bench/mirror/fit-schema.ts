import type pg from 'pg';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { dumpSchema } from '../../src/datasources/mirror/dump-schema.js';
import { BIG_TABLES, type MirrorPlan } from './plan.js';
import { connect, withDatabase } from './connect.js';

/** Something of a table that can be dropped and made again: an index, a constraint, statistics over several columns. */
interface Part { readonly turn: number; readonly table: string; readonly name: string; readonly ddl: string; readonly undo: string }

const PARTS = `
  select case contype when 'f' then 3 else 1 end as turn, c.conrelid::regclass::text as table, c.conname::text as name,
    format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(c.oid)) as ddl, format('alter table %s drop constraint %I', conrelid::regclass, conname) as undo
  from pg_constraint c where connamespace = 'mirror'::regnamespace and contype in ('p', 'u', 'f')
  union all
  select 2, i.indrelid::regclass::text, c.relname::text, pg_get_indexdef(i.indexrelid), format('drop index mirror.%I', c.relname)
  from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = 'mirror'::regnamespace
    and not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x'))
  union all
  select 2, s.stxrelid::regclass::text, s.stxname::text, pg_get_statisticsobjdef(s.oid), format('drop statistics mirror.%I', s.stxname)
  from pg_statistic_ext s where stxnamespace = 'mirror'::regnamespace
  order by 1, 2, 3`;

const COLUMNS = `
  select coalesce(json_agg(format('%s.%I %s %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull) order by c.relname, a.attname), '[]')::text as columns
  from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'mirror'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`;

/** The columns of all tables, as a text to compare. */
async function columnsOf(client: pg.ClientBase): Promise<string> {
  await client.query('set search_path = pg_catalog');
  return (await client.query<{ columns: string }>(COLUMNS)).rows[0]!.columns;
}

async function partsOf(client: pg.ClientBase): Promise<Part[]> {
  await client.query(`set search_path = pg_catalog`); // names come with their schema
  return (await client.query<Part>(PARTS)).rows;
}

/** Drops indexes and keys of the big tables: loading is many times faster without them. `fitSchema` makes them again. */
export async function dropIndexes(client: pg.ClientBase): Promise<void> {
  const parts = (await partsOf(client)).filter(({ table }) => BIG_TABLES.includes(table));
  for (const { undo } of parts.reverse()) await client.query(undo);
}

/** The schema that migrations and registry make today: of a database made for this alone. */
async function wantedSchema({ url, fields, signal }: MirrorPlan) {
  const name = `${new URL(url).pathname.slice(1)}_pattern`;
  const server = await connect(url);
  try {
    await server.query(`drop database if exists "${name}" with (force)`);
    await server.query(`create database "${name}"`);
    const pattern = withDatabase(url, name);
    await migrate(pattern, fields, { signal });
    const client = await connect(pattern);
    try {
      const functions = await client.query<{ ddl: string }>(`select pg_get_functiondef(oid) as ddl from pg_proc where pronamespace = 'mirror'::regnamespace`);
      const { rows: migrations } = await client.query<{ name: string; digest: string }>('select name, digest from dipper.migration');
      const { rows: [registry] } = await client.query<{ digest: string; fields: unknown }>('select digest, fields from mirror.registry');
      return { parts: await partsOf(client), functions: functions.rows.map(({ ddl }) => ddl), migrations, registry: registry!, columns: await columnsOf(client), dump: await dumpSchema(client) };
    } finally {
      await client.end();
    }
  } finally {
    await server.query(`drop database if exists "${name}" with (force)`).catch(() => undefined);
    await server.end();
  }
}

/**
 * Makes the indexes, keys and functions of the mirror those that migrations and registry give today, one after another; can go on
 * after a break. Answers whether the schema is then the same; where a table differs, it is not, and the mirror must be made anew.
 */
export async function fitSchema(client: pg.ClientBase, plan: MirrorPlan): Promise<boolean> {
  const { report, signal } = plan;
  const wanted = await wantedSchema(plan);
  if (await columnsOf(client) !== wanted.columns) return false;
  const has = (parts: readonly Part[], { ddl, name }: Part) => parts.some((part) => part.ddl === ddl && part.name === name);
  for (const part of (await partsOf(client)).reverse()) {
    if (has(wanted.parts, part)) continue;
    report(`Dropped: ${part.name}`);
    await client.query(part.undo);
  }
  for (const ddl of wanted.functions) await client.query(ddl);
  const present = await partsOf(client);
  const missing = wanted.parts.filter((part) => !has(present, part));
  for (const [index, { ddl, name }] of missing.entries()) {
    signal.throwIfAborted();
    const start = performance.now();
    await client.query(ddl);
    report(`${index + 1} of ${missing.length}: ${name} (${((performance.now() - start) / 1000).toFixed(0)} s)`);
  }
  if (await dumpSchema(client) !== wanted.dump) return false;
  // For `dipper migrate` all has been done.
  await client.query('delete from dipper.migration');
  await client.query('insert into dipper.migration (name, digest) select name, digest from json_to_recordset($1) as m (name text, digest text)', [JSON.stringify(wanted.migrations)]);
  await client.query('update mirror.registry set digest = $1, fields = $2', [wanted.registry.digest, JSON.stringify(wanted.registry.fields)]);
  if (missing.length) await client.query('analyze'); // also of expressions that only an index knows
  return true;
}
