import { didTypeByLetter } from '../../domain/did-type.js';
import { ruleStateByLetter } from '../../domain/rule-state.js';
import { forget, put, settle, utc, words, type WriteTable } from './write-table.js';

const groupings = { A: 'ALL', D: 'DATASET', N: 'NONE' };
const texts = ['scope', 'name', 'account', 'rse_expression', 'source_replica_expression', 'activity', 'error'];
const counts = ['locks_ok_cnt', 'locks_replicating_cnt', 'locks_stuck_cnt'];
const values = {
  ...Object.fromEntries(texts.map((column) => [column, `j.${column}`])),
  ...Object.fromEntries(counts.map((column) => [column, `j.${column}::bigint`])),
  did_type: 'j.type_word::mirror.did_type', copies: 'j.copies::int', state: 'j.state_word::mirror.rule_state', grouping: 'j.grouping_word', locked: 'j.locked::boolean',
  expires_at: utc('j.expires_at'), created_at: utc('j.created_at'), updated_at: utc('j.updated_at'),
};

export const writeRules = (schema: string): WriteTable => ({
  name: 'rules',
  schema,
  key: ['id'],
  columns: ['id', ...Object.keys(values)],
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
    ${put(`${schema}.rule`, { id: 'j.id::uuid' }, values, ['rse_expression', 'source_replica_expression', 'error'])},
    ${settle(schema, 'rules', ['id'])}`,
  remove: (change) => `
    with change as materialized (${change}),
    removed as (delete from ${schema}.rule t using change c where t.id = c.id::uuid)
    ${forget(schema, 'rules', ['id'])}`,
});
