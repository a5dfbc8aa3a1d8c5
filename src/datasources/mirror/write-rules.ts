import { didTypeByLetter } from '../../domain/did-type.js';
import { ruleStateByLetter } from '../../domain/rule-state.js';
import { forget, overwrite, settle, utc, words, type WriteTable } from './write-table.js';

const groupings = { A: 'ALL', D: 'DATASET', N: 'NONE' };
const kept = (schema: string, column: string) =>
  `case when '${column}' = any (j.unchanged) then (select t."${column}" from ${schema}.rule t where t.id = j.id::uuid) else j."${column}" end`;
const columns = [
  'scope', 'name', 'did_type', 'account', 'rse_expression', 'source_replica_expression', 'copies', 'state', 'grouping', 'activity',
  'locks_ok_cnt', 'locks_replicating_cnt', 'locks_stuck_cnt', 'locked', 'error', 'expires_at', 'created_at', 'updated_at',
];

export const writeRules = (schema: string): WriteTable => ({
  name: 'rules',
  schema,
  key: ['id'],
  columns: ['id', ...columns],
  upsert: (change) => `
    with change as materialized (${change}),
    judged as materialized (
      select c.*, ${words('c.state', ruleStateByLetter)} as state_word, ${words('c.did_type', didTypeByLetter)} as type_word, ${words('c.grouping', groupings)} as grouping_word,
        case when ${words('c.state', ruleStateByLetter)} is null then 'Its state ' || c.state || ' is unknown.'
             when ${words('c.did_type', didTypeByLetter)} is null then 'Its type of DID ' || c.did_type || ' is unknown.'
             when ${words('c.grouping', groupings)} is null then 'Its grouping ' || c.grouping || ' is unknown.' end as reason,
        '{}'::text[] as waits_for
      from change c
    ),
    written as (
      insert into ${schema}.rule as t (id, ${columns.map((column) => `"${column}"`).join(', ')})
      select j.id::uuid, j.scope, j.name, j.type_word::mirror.did_type, j.account, ${kept(schema, 'rse_expression')}, ${kept(schema, 'source_replica_expression')},
        j.copies::int, j.state_word::mirror.rule_state, j.grouping_word, j.activity,
        j.locks_ok_cnt::bigint, j.locks_replicating_cnt::bigint, j.locks_stuck_cnt::bigint, j.locked::boolean, ${kept(schema, 'error')},
        ${utc('j.expires_at')}, ${utc('j.created_at')}, ${utc('j.updated_at')}
      from judged j where j.reason is null order by 1
      on conflict (id) ${overwrite(columns)}
    ),
    ${settle(schema, 'rules', ['id'])}`,
  remove: (change) => `
    with change as materialized (${change}),
    removed as (delete from ${schema}.rule t using change c where t.id = c.id::uuid)
    ${forget(schema, 'rules', ['id'])}`,
});
