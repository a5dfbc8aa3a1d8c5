import { didTypeByLetter } from '../../domain/did-type.js';
import { replicaStateByLetter } from '../../domain/replica-state.js';
import { ruleStateByLetter } from '../../domain/rule-state.js';
import type { RowOrigins } from '../postgres/row-reader.js';
import { SCHEMA } from './source-table.js';

/** Columns by their own names, of the table of this alias. */
const own = (alias: string, ...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, `${alias}."${name}"`]));
/** Words for Rucio's letters; an unknown letter stays as it is. */
const words = (column: string, map: Readonly<Record<string, string>>) =>
  `case ${column}::text ${Object.entries(map).map(([letter, word]) => `when '${letter}' then '${word}'`).join(' ')} else ${column}::text end`;

/** Columns that RSE expressions can ask for. */
const facts = [
  'deterministic', 'volatile', 'staging_area', 'availability_read', 'availability_write', 'availability_delete',
  'rse', 'rse_type', 'vo', 'qos_class', 'city', 'region_code', 'country_name', 'continent', 'time_zone', 'ISP', 'ASN',
];
const priorities = ['read_lan', 'write_lan', 'delete_lan', 'read_wan', 'write_wan', 'delete_wan', 'third_party_copy_read', 'third_party_copy_write'];

const dids = {
  from: `${SCHEMA}.dids d left join ${SCHEMA}.did_meta m on m.scope = d.scope and m.name = d.name`,
  // SQL's null and JSON's both mean that there are none.
  columns: { ...own('d', 'scope', 'name', 'account', 'created_at', 'updated_at'), metadata: `coalesce(nullif(m.meta, 'null'), '{}')` },
};

/** The rows of Rucio's database as the mirror should have them. */
export const sourceOrigins: RowOrigins = {
  rses: [{
    from: `${SCHEMA}.rses r`,
    columns: {
      ...own('r', 'deterministic', 'availability_read', 'availability_write', 'availability_delete'), rse_id: 'r.id', name: 'r.rse', type: 'r.rse_type',
      deleted: 'coalesce(r.deleted, false)', facts: `jsonb_build_object(${facts.map((name) => `'${name}', r."${name}"`).join(', ')})`,
    },
  }],
  attributes: [{ from: `${SCHEMA}.rse_attr_map t`, columns: own('t', 'rse_id', 'key', 'value') }],
  protocols: [{
    from: `${SCHEMA}.rse_protocols t`,
    columns: { ...own('t', 'rse_id', 'scheme', 'hostname', 'port', 'impl', 'extended_attributes', ...priorities), prefix: `coalesce(t.prefix, '')` },
  }],
  usage: [{ from: `${SCHEMA}.rse_usage t`, columns: own('t', 'rse_id', 'source', 'used', 'free', 'files', 'updated_at') }],
  files: [{ ...dids, where: `d.did_type = 'F'`, columns: { ...dids.columns, ...own('d', 'bytes', 'adler32', 'md5') } }],
  collections: [{
    ...dids, where: `d.did_type in ('D', 'C')`,
    columns: { ...dids.columns, did_type: words('d.did_type', didTypeByLetter), is_open: 'coalesce(d.is_open, false)' },
  }],
  replicas: [{
    from: `${SCHEMA}.replicas t`,
    columns: { ...own('t', 'scope', 'name', 'rse_id', 'bytes', 'adler32', 'path', 'created_at', 'updated_at'), state: words('t.state', replicaStateByLetter) },
  }],
  contents: [{
    from: `${SCHEMA}.contents t`,
    columns: { ...own('t', 'scope', 'name', 'child_scope', 'child_name'), child: words('t.child_type', { F: 'FILE', D: 'COLLECTION', C: 'COLLECTION' }) },
  }],
  rules: [{
    from: `${SCHEMA}.rules t`,
    columns: {
      ...own('t', 'scope', 'name', 'account', 'rse_expression', 'source_replica_expression', 'copies', 'activity', 'locks_ok_cnt', 'locks_replicating_cnt',
        'locks_stuck_cnt', 'locked', 'error', 'expires_at', 'created_at', 'updated_at'),
      rule_id: 't.id', did_type: words('t.did_type', didTypeByLetter), state: words('t.state', ruleStateByLetter), grouping: words('t.grouping', { A: 'ALL', D: 'DATASET', N: 'NONE' }),
    },
  }],
};
