import { didTypeByLetter } from '../../domain/did-type.js';
import { KEY_CONFLICTS } from '../../domain/derive-metadata.js';
import { columnType, type MetadataField } from '../../domain/metadata-field.js';
import { forget, keyText, utc, words, type WriteTable } from './write-table.js';

const key = ['scope', 'name'];
/** Rucio's columns of a DID that the mirror needs. */
export const didColumns = [...key, 'did_type', 'account', 'is_open', 'bytes', 'adler32', 'md5', 'created_at', 'updated_at'];

/**
 * Writes DIDs and their metadata, which Rucio keeps in two tables, as one: a change has the DID (`has_did`), its metadata (`has_meta`)
 * or both, with the registry's values derived from `meta` in the registry's columns. `meta_fault` says why metadata cannot be taken.
 */
export function writeDids(schema: string, fields: readonly MetadataField[]): WriteTable {
  const derived = [...fields.map((field) => `"${field.column}"`), KEY_CONFLICTS];
  const derivedValues = [...fields.map((field) => `j."${field.column}"::${columnType(field)}`), `j.${KEY_CONFLICTS}::text[]`];
  const fresh = (list: readonly string[], values: readonly string[]) => list.map((column, at) => `${column} = case when j.has_meta::boolean then ${values[at]} else t.${column} end`);
  // What cannot be taken waits in set_aside, beside a DID without metadata.
  const metadata = `case when j.meta_fault is null then coalesce(j.meta::jsonb, '{}') else '{}' end`;
  const isFile = `j.did_type = 'F'`;

  /** Update of rows that are there and insert of those that are not; sync is the only writer, so nothing comes in between. */
  const put = (table: string, id: string, own: Readonly<Record<string, string>>, extra: readonly string[], values: readonly string[], mine: string) => {
    const all = { ...own, account: 'j.account', created_at: utc('j.created_at'), updated_at: utc('j.updated_at') };
    const names = Object.keys(all);
    const expressions = Object.values(all).map((value, at) => `case when j.has_did::boolean then ${value} else t.${names[at]} end`);
    return `
    ${table}_changed as (
      update ${schema}.${table} t set ${names.map((name, at) => `${name} = ${expressions[at]}`).join(', ')},
        ${fresh(['metadata', ...extra], [metadata, ...values]).join(', ')}
      from judged j where t.id = j.${id} and j.reason is null and (not j.has_did::boolean or ${mine})
        and (${names.map((name) => `t.${name}`).join(', ')}, t.metadata::text)
          is distinct from (${expressions.join(', ')}, case when j.has_meta::boolean then ${metadata}::text else t.metadata::text end)
    ),
    ${table}_new as (
      insert into ${schema}.${table} (scope, name, ${names.join(', ')}, metadata${extra.map((column) => `, ${column}`).join('')})
      select j.scope, j.name, ${Object.values(all).join(', ')}, ${metadata}${values.map((value) => `, ${value}`).join('')}
      from judged j where j.${id} is null and j.has_did::boolean and j.reason is null and ${mine}
      order by j.scope, j.name
    )`;
  };

  return {
    name: 'dids',
    schema,
    key,
    columns: [...didColumns, 'has_did', 'has_meta', 'meta', 'meta_fault', ...fields.map((field) => field.column), KEY_CONFLICTS],
    upsert: (change) => `
      with change as materialized (${change}),
      judged as materialized (
        select c.*, f.id as file_id, k.id as collection_id, ${words('c.did_type', didTypeByLetter)} as type_word,
          case when not c.has_did::boolean then null
               when c.did_type not in ('F', 'D', 'C', 'A', 'X', 'Y', 'Z') then 'Its type ' || c.did_type || ' is unknown.'
               when ${isFile.replace('j.', 'c.')} and c.bytes is null then 'It is a file without a size.' end as reason,
          case when c.meta_fault is not null then c.meta_fault
               when c.has_meta::boolean and c.meta is not null and not c.has_did::boolean and f.id is null and k.id is null
                 and coalesce(c.did_type, 'F') not in ('A', 'X', 'Y', 'Z') then 'Its DID is not in the mirror.' end as meta_reason
        from change c
        left join ${schema}.file f on f.scope = c.scope and f.name = c.name
        left join ${schema}.collection k on k.scope = c.scope and k.name = c.name
      ),
      file_left as (
        delete from ${schema}.file t using judged j where t.id = j.file_id and j.has_did::boolean and j.reason is null and not ${isFile}
      ),
      collection_left as (
        delete from ${schema}.collection t using judged j
        where t.id = j.collection_id and j.has_did::boolean and j.reason is null and j.did_type not in ('D', 'C')
      ),
      ${put('file', 'file_id', { bytes: 'j.bytes::bigint', adler32: 'j.adler32', md5: 'j.md5' }, derived, derivedValues, isFile)},
      ${put('collection', 'collection_id', { did_type: 'j.type_word::mirror.did_type', is_open: 'coalesce(j.is_open::boolean, false)' }, [], [], `j.did_type in ('D', 'C')`)},
      fault as materialized (
        select 'dids' as source_table, j.scope, j.name, j.reason, '{}'::text[] as waits_for, to_json(j)::text as row from judged j where j.reason is not null
        union all
        select 'did_meta', j.scope, j.name, j.meta_reason, case when j.meta_fault is null then array[j.scope || ':' || j.name] else '{}' end,
          (to_jsonb(j) || '{"has_did": "false"}')::text from judged j where j.meta_reason is not null
        union all
        select 'did_meta', j.scope, j.name, 'Its DID is set aside.', array[j.scope || ':' || j.name],
          (to_jsonb(j) || '{"has_did": "false"}')::text from judged j
        where j.reason is not null and j.file_id is null and j.collection_id is null and j.has_meta::boolean and j.meta is not null
      ),
      cleared as (
        delete from ${schema}.set_aside a using judged j
        where a.key = ${keyText(key, 'j')}
          and (a.source_table = 'dids' and j.has_did::boolean and j.reason is null
            or a.source_table = 'did_meta' and j.has_meta::boolean and j.meta_reason is null and j.reason is null)
      )
      insert into ${schema}.set_aside as a (source_table, key, reason, waits_for, "row")
      select source_table, ${keyText(key, 'f')}, reason, waits_for, "row" from fault f
      on conflict (source_table, key) do update
        set reason = excluded.reason, waits_for = excluded.waits_for, "row" = excluded."row", seen_at = now()
        where (a.reason, a.waits_for, a."row") is distinct from (excluded.reason, excluded.waits_for, excluded."row")`,
    remove: (change) => `
      with change as materialized (${change}),
      files as (delete from ${schema}.file t using change c where t.scope = c.scope and t.name = c.name),
      collections as (delete from ${schema}.collection t using change c where t.scope = c.scope and t.name = c.name),
      metadata as (delete from ${schema}.set_aside a using change c where a.source_table = 'did_meta' and a.key = ${keyText(key, 'c')})
      ${forget(schema, 'dids', key)}`,
  };
}
