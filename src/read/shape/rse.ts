import { sql } from 'kysely';
import { ATTRIBUTE_VALUE } from '../known-rses.js';
import type { RseSettings } from '../request.js';
import type { RelationField, Shape } from '../shape.js';
import { columns } from '../shape.js';
import type { Sql, Table } from '../sql.js';

const attribute = (rse: Table, key: string): Sql => sql`(select a.value from mirror.rse_attribute a where a.rse_id = ${rse('id')} and a.key = ${sql.lit(key)})`;

const protocols: RelationField = { relation: (look, rse) => look.list('RseProtocol', (row) => ({
  from: sql`mirror.rse_protocol as ${row.alias}`,
  rest: sql`where ${row('rse_id')} = ${rse('id')} order by ${row('scheme')}, ${row('hostname')}, ${row('port')}`,
})) };

// Not empty, but null, for those who may not see it.
const usage: RelationField = { relation: (look, rse) => (!look.request.may.has('usage') ? sql`select null::json as v` : look.list('RseUsage', (row) => ({
  from: sql`mirror.rse_usage as ${row.alias}`, rest: sql`where ${row('rse_id')} = ${rse('id')} order by ${row('source')}`,
}))) };

/** Rse: rows of mirror.rse that are not deleted. */
export const rseShape = (settings: RseSettings): Shape => ({ type: 'Rse', fields: {
  id: { column: (row) => sql`'Rse:' || ${row('name')}` },
  ...columns({ name: 'name', type: 'type', availabilityRead: 'availability_read', availabilityWrite: 'availability_write', availabilityDelete: 'availability_delete' }),
  dataCentre: { column: (row) => sql`coalesce(${attribute(row, settings.dataCentre)}, ${row('name')})` },
  location: { column: (row) => attribute(row, settings.location) },
  isOffsite: { column: (row) => sql`coalesce(${attribute(row, settings.offsite)} = 'true', false)` },
  qos: { column: (row) => attribute(row, settings.qos) },
  attributes: { column: (row) => sql`(select coalesce(jsonb_object_agg(a.key, ${sql.raw(ATTRIBUTE_VALUE)}), '{}') from mirror.rse_attribute a where a.rse_id = ${row('id')} and a.key = any(${settings.shown}::text[]))` },
  protocols, usage,
} });

const offered = (...names: string[]) => (row: Table) => sql`json_build_object(${sql.join(names.flatMap((name) => [sql.lit(name.replace(/_[lw]an$/, '')), row(name)]))})`;
const lan = offered('read_lan', 'write_lan', 'delete_lan');
const wan = offered('read_wan', 'write_wan', 'delete_wan', 'third_party_copy_read', 'third_party_copy_write');

export const rseProtocolShape: Shape = { type: 'RseProtocol', fields: {
  ...columns({ scheme: 'scheme', hostname: 'hostname', port: 'port', prefix: 'prefix', impl: 'impl' }),
  domains: { column: (row) => sql`json_build_object('lan', ${lan(row)}, 'wan', ${wan(row)})` },
} };

export const rseUsageShape: Shape = { type: 'RseUsage', fields: {
  ...columns({ source: 'source', used: 'used', free: 'free', files: 'files', updatedAt: 'updated_at' }),
  // As Rucio reports it: what is used and what is free.
  total: { column: (row) => sql`${row('used')} + coalesce(${row('free')}, 0)` },
} };
