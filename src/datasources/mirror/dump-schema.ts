import type pg from 'pg';

const enums = `
  select format('create type %I.%I as enum (%s);', n.nspname, t.typname, string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)) as line
  from pg_type t join pg_enum e on e.enumtypid = t.oid join pg_namespace n on n.oid = t.typnamespace
  where n.nspname = 'mirror' group by n.nspname, t.typname order by t.typname collate "C"`;

// Columns of mirror.file come in the order in which the registry grew: sorted, the dump does not depend on history.
const tables = `
  select format(E'create table %I.%I (\\n  %s\\n);', n.nspname, c.relname, (
    select string_agg(line, E',\\n  ' order by place, line collate "C") from (
      select 1 as place, format('%I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
        case when l.collname = 'C' then ' collate "C"' else '' end,
        case when a.attidentity = 'a' then ' generated always as identity' when a.attgenerated = 's' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored' when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end,
        case when a.attnotnull then ' not null' else '' end) as line
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum left join pg_collation l on l.oid = a.attcollation
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      union all
      select 2, format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)) from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c', 'x')
    ) lines)) as line
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'mirror' and c.relkind = 'r' order by c.relname collate "C"`;

const indexes = `
  select pg_get_indexdef(i.indexrelid) || ';' as line
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'mirror' and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  order by c.relname collate "C"`;

const views = `
  select format(E'create view %I.%I as\\n%s', n.nspname, c.relname, pg_get_viewdef(c.oid)) as line
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'mirror' and c.relkind = 'v' order by c.relname collate "C"`;

const functions = `
  select pg_get_functiondef(p.oid) || ';' as line from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'mirror' order by p.proname collate "C"`;

const triggers = `
  select pg_get_triggerdef(t.oid) || ';' as line from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'mirror' and not t.tgisinternal order by t.tgname collate "C"`;

/** The mirror's schema as SQL, to read and to compare: the same text from any server and any history of migrations. */
export async function dumpSchema(client: pg.ClientBase): Promise<string> {
  await client.query('set search_path = pg_catalog');
  const parts: string[] = ['-- The mirror as `dipper migrate` makes it with config/fields.yaml. Made by a test: do not edit.', 'create schema mirror;'];
  for (const query of [enums, tables, indexes, views, functions, triggers]) {
    const answer = await client.query<{ line: string }>(query);
    parts.push(...answer.rows.map(({ line }) => line));
  }
  return `${parts.join('\n\n')}\n`;
}
