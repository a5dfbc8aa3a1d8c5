import { forget, overwrite, settle, utc, type WriteTable } from './write-table.js';

const columns = ['name', 'type', 'deterministic', 'availability_read', 'availability_write', 'availability_delete', 'facts', 'deleted'];

/** Rucio's columns that RSE expressions can ask for. */
const flags = ['deterministic', 'volatile', 'staging_area', 'availability_read', 'availability_write', 'availability_delete'];
const texts = ['rse', 'rse_type', 'vo', 'qos_class', 'city', 'region_code', 'country_name', 'continent', 'time_zone', 'ISP', 'ASN'];
const facts = `jsonb_build_object(${[...flags.map((flag) => `'${flag}', j.${flag}::boolean`), ...texts.map((text) => `'${text}', j."${text}"`)].join(', ')})`;

export const writeRses = (schema: string): WriteTable => ({
  name: 'rses',
  schema,
  key: ['id'],
  columns: ['id', 'deleted', ...flags, ...texts],
  upsert: (change) => `
    with change as materialized (${change}),
    judged as materialized (
      select c.*, case when c.rse_type not in ('DISK', 'TAPE') then 'Its type ' || c.rse_type || ' is unknown.' end as reason, '{}'::text[] as waits_for
      from change c
    ),
    written as (
      insert into ${schema}.rse as t (rse_id, ${columns.join(', ')})
      select j.id::uuid, j.rse, j.rse_type::mirror.rse_type, j.deterministic::boolean,
        j.availability_read::boolean, j.availability_write::boolean, j.availability_delete::boolean, ${facts}, coalesce(j.deleted::boolean, false)
      from judged j where j.reason is null
      on conflict (rse_id) ${overwrite(columns)}
    ),
    ${settle(schema, 'rses', ['id'])}`,
  remove: (change) => `
    with change as materialized (${change}),
    removed as (delete from ${schema}.rse t using change c where t.rse_id = c.id::uuid)
    ${forget(schema, 'rses', ['id'])}`,
});

/** A table whose rows belong to an RSE: `values` are SQL for the mirror's columns of the same place, over alias j (a row) and r (its RSE). */
const ofRse = (name: string, own: string, rest: readonly string[], values: Readonly<Record<string, string>>, fault = 'null::text') => (schema: string): WriteTable => {
  const key = ['rse_id', ...rest];
  const targets = Object.keys(values);
  const target = `${schema}.${own}`;
  return {
    name,
    schema,
    key,
    columns: [...key, ...targets],
    upsert: (change) => `
      with change as materialized (${change}),
      judged as materialized (
        select c.*, r.id as rse, case when r.id is null then 'Its RSE is not in the mirror.' else ${fault} end as reason,
          array[case when r.id is null then c.rse_id end] as waits_for
        from change c left join ${schema}.rse r on r.rse_id = c.rse_id::uuid
      ),
      written as (
        insert into ${target} as t (rse_id, ${[...rest, ...targets].join(', ')})
        select j.rse, ${rest.map((column) => (column === 'port' ? 'j.port::int' : `j.${column}`)).join(', ')}, ${targets.map((column) =>
          `case when '${column}' = any (j.unchanged) then (select t.${column} from ${target} t where t.rse_id = j.rse and ${rest.map((part) => `t.${part}::text = j.${part}`).join(' and ')}) else ${values[column]} end`).join(', ')}
        from judged j where j.reason is null
        on conflict (rse_id, ${rest.join(', ')}) ${overwrite(targets)}
      ),
      ${settle(schema, name, key)}`,
    remove: (change) => `
      with change as materialized (${change}),
      removed as (
        delete from ${target} t using change c, ${schema}.rse r
        where r.rse_id = c.rse_id::uuid and t.rse_id = r.id and ${rest.map((column) => `t.${column}::text = c.${column}`).join(' and ')}
      )
      ${forget(schema, name, key)}`,
  };
};

export const writeRseAttributes = ofRse('rse_attr_map', 'rse_attribute', ['key'], { value: 'j.value' },
  `case when c.value is null and not coalesce('value' = any (c.unchanged), false) then 'It has no value.' end`);

const priorities = ['read_lan', 'write_lan', 'delete_lan', 'read_wan', 'write_wan', 'delete_wan', 'third_party_copy_read', 'third_party_copy_write'];
export const writeRseProtocols = ofRse('rse_protocols', 'rse_protocol', ['scheme', 'hostname', 'port'], {
  prefix: `coalesce(j.prefix, '')`,
  impl: 'j.impl',
  extended_attributes: 'j.extended_attributes',
  ...Object.fromEntries(priorities.map((column) => [column, `j.${column}::int`])),
});

export const writeRseUsage = ofRse('rse_usage', 'rse_usage', ['source'], {
  used: 'j.used::bigint',
  free: 'j.free::bigint',
  files: 'j.files::bigint',
  updated_at: utc('j.updated_at'),
});
