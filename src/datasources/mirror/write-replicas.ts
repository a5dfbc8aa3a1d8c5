import { replicaStateByLetter } from '../../domain/replica-state.js';
import { forget, put, settle, utc, words, type WriteTable } from './write-table.js';

const key = ['scope', 'name', 'rse_id'];

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
    ${put(`${schema}.replica`, { file_id: 'j.file_id', rse_id: 'j.rse' }, {
      state: 'j.word::mirror.replica_state', bytes: 'j.bytes::bigint', adler32: 'j.adler32', path: 'j.path', created_at: utc('j.created_at'), updated_at: utc('j.updated_at'),
    }, ['path'])},
    ${settle(schema, 'replicas', key)}`,
  remove: (change) => `
    with change as materialized (${change}),
    removed as (
      delete from ${schema}.replica t using change c, ${schema}.file f, ${schema}.rse r
      where f.scope = c.scope and f.name = c.name and r.rse_id = c.rse_id::uuid and t.file_id = f.id and t.rse_id = r.id
    )
    ${forget(schema, 'replicas', key)}`,
});
