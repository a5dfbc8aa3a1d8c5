import type pg from 'pg';
import type { RowKind } from '../../domain/row-kind.js';
import { isRowFault, type ChangeRow } from '../../datasources/mirror/write-changes.js';
import { someRowsSql, type RowOrigin } from '../../datasources/postgres/row-query.js';
import type { Row, RowOrigins } from '../../datasources/postgres/row-reader.js';
import { sourceOrigins } from '../../datasources/rucio-db/row-origins.js';

const types: Readonly<Record<string, readonly string[]>> = {
  uuid: ['id', 'rse_id'],
  boolean: ['deterministic', 'volatile', 'staging_area', 'availability_read', 'availability_write', 'availability_delete', 'deleted', 'is_open', 'locked'],
  bigint: ['bytes', 'used', 'free', 'files', 'locks_ok_cnt', 'locks_replicating_cnt', 'locks_stuck_cnt'],
  int: ['port', 'copies', 'read_lan', 'write_lan', 'delete_lan', 'read_wan', 'write_wan', 'delete_wan', 'third_party_copy_read', 'third_party_copy_write'],
  timestamp: ['created_at', 'updated_at', 'expires_at'],
};
const typeOf = (column: string) => Object.entries(types).find(([, columns]) => columns.includes(column))?.[0] ?? 'text';

/** A table of Rucio's, from the JSON array in the statement's first parameter. */
const given = (alias: string, ...columns: readonly string[]) => `json_to_recordset($1::json) as ${alias} (${columns.map((column) => `"${column}" ${typeOf(column)}`).join(', ')})`;
const withOrigin = (kind: RowKind, from: string): readonly RowOrigin[] => sourceOrigins[kind].map((origin) => ({ ...origin, from }));

const priorities = ['read_lan', 'write_lan', 'delete_lan', 'read_wan', 'write_wan', 'delete_wan', 'third_party_copy_read', 'third_party_copy_write'];
const dids = `${given('d', 'scope', 'name', 'did_type', 'account', 'is_open', 'bytes', 'adler32', 'md5', 'created_at', 'updated_at', 'meta')}, lateral (select d.meta::jsonb as meta) m`;

/** Rucio's tables as in its database, made of what REST tells. */
const origins: RowOrigins = {
  rses: withOrigin('rses', given('r', 'id', 'deleted', 'deterministic', 'volatile', 'staging_area', 'availability_read', 'availability_write', 'availability_delete',
    'rse', 'rse_type', 'vo', 'qos_class', 'city', 'region_code', 'country_name', 'continent', 'time_zone', 'ISP', 'ASN')),
  attributes: withOrigin('attributes', given('t', 'rse_id', 'key', 'value')),
  protocols: withOrigin('protocols', given('t', 'rse_id', 'scheme', 'hostname', 'port', 'prefix', 'impl', 'extended_attributes', ...priorities)),
  usage: withOrigin('usage', given('t', 'rse_id', 'source', 'used', 'free', 'files', 'updated_at')),
  files: withOrigin('files', dids),
  collections: withOrigin('collections', dids),
  replicas: withOrigin('replicas', given('t', 'scope', 'name', 'rse_id', 'bytes', 'adler32', 'path', 'state', 'created_at', 'updated_at')),
  contents: withOrigin('contents', given('t', 'scope', 'name', 'child_scope', 'child_name', 'child_type')),
  rules: withOrigin('rules', given('t', 'id', 'scope', 'name', 'did_type', 'account', 'rse_expression', 'source_replica_expression', 'copies', 'state', 'grouping', 'activity',
    'locks_ok_cnt', 'locks_replicating_cnt', 'locks_stuck_cnt', 'locked', 'error', 'expires_at', 'created_at', 'updated_at')),
};

/** Rows as the crawl writes them, in the words that both sides share. What Postgres cannot take goes to `onFault`; the others are answered. */
export async function toldRows(client: pg.ClientBase, kind: RowKind, rows: readonly ChangeRow[], onFault: (row: ChangeRow, reason: string) => void): Promise<Row[]> {
  if (!rows.length) return [];
  try {
    const answer = await client.query<(string | null)[]>({ text: someRowsSql(kind, origins[kind], []), values: [JSON.stringify(rows)], rowMode: 'array' });
    return answer.rows;
  } catch (error) {
    if (!isRowFault(error)) throw error;
    if (rows.length === 1) {
      onFault(rows[0]!, error.message);
      return [];
    }
    const middle = rows.length >> 1;
    return [...await toldRows(client, kind, rows.slice(0, middle), onFault), ...await toldRows(client, kind, rows.slice(middle), onFault)];
  }
}
