import { didTypeByLetter } from '../../domain/did-type.js';
import { forget, settle, words, type WriteTable } from './write-table.js';

const key = ['scope', 'name', 'child_scope', 'child_name'];

export const writeContents = (schema: string): WriteTable => ({
  name: 'contents',
  schema,
  key,
  columns: [...key, 'child_type'],
  upsert: (change) => `
    with change as materialized (${change}),
    judged as materialized (
      select c.*, p.id as parent, f.id as file_id, k.id as child,
        case when p.id is null then 'Its collection is not in the mirror.'
             when ${words('c.child_type', didTypeByLetter)} is null then 'Its child''s type ' || c.child_type || ' is unknown.'
             when f.id is null and k.id is null then 'Its child is not in the mirror.' end as reason,
        array[case when p.id is null then c.scope || ':' || c.name end,
              case when f.id is null and k.id is null then c.child_scope || ':' || c.child_name end] as waits_for
      from change c
      left join ${schema}.collection p on p.scope = c.scope and p.name = c.name
      left join ${schema}.file f on c.child_type = 'F' and f.scope = c.child_scope and f.name = c.child_name
      left join ${schema}.collection k on c.child_type in ('D', 'C') and k.scope = c.child_scope and k.name = c.child_name
    ),
    files as (
      insert into ${schema}.content_file (collection_id, file_id)
      select j.parent, j.file_id from judged j where j.reason is null and j.file_id is not null order by 1, 2
      on conflict do nothing
    ),
    collections as (
      insert into ${schema}.content_collection (collection_id, child_id)
      select j.parent, j.child from judged j where j.reason is null and j.child is not null order by 1, 2
      on conflict do nothing
    ),
    ${settle(schema, 'contents', key)}`,
  remove: (change) => `
    with change as materialized (${change}),
    files as (
      delete from ${schema}.content_file t using change c, ${schema}.collection p, ${schema}.file f
      where p.scope = c.scope and p.name = c.name and f.scope = c.child_scope and f.name = c.child_name
        and t.collection_id = p.id and t.file_id = f.id
    ),
    collections as (
      delete from ${schema}.content_collection t using change c, ${schema}.collection p, ${schema}.collection k
      where p.scope = c.scope and p.name = c.name and k.scope = c.child_scope and k.name = c.child_name
        and t.collection_id = p.id and t.child_id = k.id
    )
    ${forget(schema, 'contents', key)}`,
});
