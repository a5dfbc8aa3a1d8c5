import { replicaStateByLetter } from '../../domain/replica-state.js';
import { forget, overwrite, settle, utc, words, type WriteTable } from './write-table.js';

const key = ['scope', 'name', 'rse_id'];
const stored = (schema: string) => `(select t.path from ${schema}.replica t where t.file_id = j.file_id and t.rse_id = j.rse)`;

export const writeReplicas = (schema: string): WriteTable => ({
  name: 'replicas',
  schema,
  key,
  columns: [...key, 'bytes', 'adler32', 'path', 'state', 'created_at', 'updated_at'],
  upsert: (change) => `
    with change as materialized (${change}),
    judged as materialized (
      select c.*, f.id as file_id, r.id as rse, ${words('c.state', replicaStateByLetter)} as word,
        case when f.id is null then 'Its file is not in the mirror.'
             when r.id is null then 'Its RSE is not in the mirror.'
             when ${words('c.state', replicaStateByLetter)} is null then 'Its state ' || c.state || ' is unknown.' end as reason,
        array[case when f.id is null then c.scope || ':' || c.name end, case when r.id is null then c.rse_id end] as waits_for
      from change c
      left join ${schema}.file f on f.scope = c.scope and f.name = c.name
      left join ${schema}.rse r on r.rse_id = c.rse_id::uuid
    ),
    written as (
      insert into ${schema}.replica as t (file_id, rse_id, state, bytes, adler32, path, created_at, updated_at)
      select j.file_id, j.rse, j.word::mirror.replica_state, j.bytes::bigint, j.adler32,
        case when 'path' = any (j.unchanged) then ${stored(schema)} else j.path end, ${utc('j.created_at')}, ${utc('j.updated_at')}
      from judged j where j.reason is null order by j.file_id, j.rse
      on conflict (file_id, rse_id) ${overwrite(['state', 'bytes', 'adler32', 'path', 'created_at', 'updated_at'])}
    ),
    ${settle(schema, 'replicas', key)}`,
  remove: (change) => `
    with change as materialized (${change}),
    removed as (
      delete from ${schema}.replica t using change c, ${schema}.file f, ${schema}.rse r
      where f.scope = c.scope and f.name = c.name and r.rse_id = c.rse_id::uuid and t.file_id = f.id and t.rse_id = r.id
    )
    ${forget(schema, 'replicas', key)}`,
});
