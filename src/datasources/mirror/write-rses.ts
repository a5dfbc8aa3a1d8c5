import { forget, put, settle, utc, type WriteTable } from './write-table.js';

/** Rucio's columns that RSE expressions can ask for. */
const flags = ['deterministic', 'volatile', 'staging_area', 'availability_read', 'availability_write', 'availability_delete'];
const texts = ['rse', 'rse_type', 'vo', 'qos_class', 'city', 'region_code', 'country_name', 'continent', 'time_zone', 'ISP', 'ASN'];
const facts = `jsonb_build_object(${[...flags.map((flag) => `'${flag}', j.${flag}::boolean`), ...texts.map((text) => `'${text}', j."${text}"`)].join(', ')})`;

const values = {
  name: 'j.rse', type: 'j.rse_type::mirror.rse_type', deterministic: 'j.deterministic::boolean', availability_read: 'j.availability_read::boolean',
  availability_write: 'j.availability_write::boolean', availability_delete: 'j.availability_delete::boolean', facts, deleted: 'coalesce(j.deleted::boolean, false)',
};

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
    ${put(`${schema}.rse`, { rse_id: 'j.id::uuid' }, values)},
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
      ${put(target, { rse_id: 'j.rse', ...Object.fromEntries(rest.map((column) => [column, column === 'port' ? 'j.port::int' : `j.${column}`])) }, values, targets)},
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
