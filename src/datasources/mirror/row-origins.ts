import { KEY_CONFLICTS } from '../../domain/derive-metadata.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import type { RowOrigin } from '../postgres/row-query.js';
import type { RowOrigins } from '../postgres/row-reader.js';

const own = (alias: string, ...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, `${alias}."${name}"`]));
/** Rucio's times have no zone: they are UTC. */
const utc = (alias: string, ...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, `${alias}."${name}" at time zone 'UTC'`]));
const created = ['created_at', 'updated_at'];
const priorities = ['read_lan', 'write_lan', 'delete_lan', 'read_wan', 'write_wan', 'delete_wan', 'third_party_copy_read', 'third_party_copy_write'];

/** A table whose rows belong to an RSE. */
const ofRse = (table: string, columns: Readonly<Record<string, string>>): readonly RowOrigin[] =>
  [{ from: `mirror.${table} t join mirror.rse e on e.id = t.rse_id`, columns: { rse_id: 'e.rse_id', ...columns } }];

const contents = (table: string, child: string, column: string, word: string): RowOrigin => ({
  from: `mirror.${table} t join mirror.collection p on p.id = t.collection_id join mirror.${child} c on c.id = t.${column}`,
  columns: { ...own('p', 'scope', 'name'), child_scope: 'c.scope', child_name: 'c.name', child: `'${word}'` },
});

/** The same rows as Rucio's database has, from the mirror's tables; behind each file what was derived from its metadata. */
export function mirrorOrigins(fields: readonly MetadataField[]): RowOrigins {
  const derived = [...fields.map(({ column }) => column), KEY_CONFLICTS];
  return {
    rses: [{
      from: 'mirror.rse e',
      columns: own('e', 'rse_id', 'name', 'type', 'deterministic', 'availability_read', 'availability_write', 'availability_delete', 'deleted', 'facts'),
    }],
    attributes: ofRse('rse_attribute', own('t', 'key', 'value')),
    protocols: ofRse('rse_protocol', own('t', 'scheme', 'hostname', 'port', 'prefix', 'impl', 'extended_attributes', ...priorities)),
    usage: ofRse('rse_usage', { ...own('t', 'source', 'used', 'free', 'files'), ...utc('t', 'updated_at') }),
    files: [{
      from: 'mirror.file f', columns: { ...own('f', 'scope', 'name', 'account', 'bytes', 'adler32', 'md5', 'metadata', ...derived), ...utc('f', ...created) },
      more: derived,
    }],
    collections: [{ from: 'mirror.collection c', columns: { ...own('c', 'scope', 'name', 'did_type', 'account', 'is_open', 'metadata'), ...utc('c', ...created) } }],
    replicas: [{
      from: 'mirror.file f join mirror.replica t on t.file_id = f.id join mirror.rse e on e.id = t.rse_id',
      columns: { ...own('f', 'scope', 'name'), rse_id: 'e.rse_id', ...own('t', 'state', 'bytes', 'adler32', 'path'), ...utc('t', ...created) },
    }],
    contents: [contents('content_file', 'file', 'file_id', 'FILE'), contents('content_collection', 'collection', 'child_id', 'COLLECTION')],
    rules: [{
      from: 'mirror.rule t',
      columns: {
        ...own('t', 'scope', 'name', 'did_type', 'account', 'rse_expression', 'source_replica_expression', 'copies', 'state', 'grouping', 'activity',
          'locks_ok_cnt', 'locks_replicating_cnt', 'locks_stuck_cnt', 'locked', 'error'),
        ...utc('t', 'expires_at', ...created), rule_id: 't.id',
      },
    }],
  };
}
