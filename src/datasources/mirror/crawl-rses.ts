import type pg from 'pg';
import type { Protocol } from '../../domain/pfn.js';

export interface KnownRse {
  /** Rucio's own, with dashes. */
  readonly id: string;
  readonly name: string;
  readonly deterministic: boolean;
  readonly protocols: readonly Protocol[];
}

/** The RSEs of the mirror that are not deleted, with what paths are told by. */
export async function readRses(client: pg.ClientBase): Promise<KnownRse[]> {
  const answer = await client.query<KnownRse>(`
    select e.rse_id::text as id, e.name, e.deterministic, (
      select coalesce(json_agg(json_build_object('scheme', p.scheme, 'hostname', p.hostname, 'port', p.port, 'prefix', p.prefix, 'impl', p.impl,
        'extendedAttributes', p.extended_attributes, 'domains', json_build_object('lan', '{}'::json, 'wan', '{}'::json))
        order by p.read_wan nulls last, p.scheme), '[]')
      from mirror.rse_protocol p where p.rse_id = e.id) as protocols
    from mirror.rse e where not e.deleted`);
  return answer.rows.map(({ protocols, ...rse }) => ({ ...rse, protocols: protocols.map((protocol) => ({ ...protocol, extendedAttributes: parsed(protocol.extendedAttributes) })) }));
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** Rows of the tables about RSEs that the mirror has beyond those given, as keys of Rucio's tables; of the RSEs that are named alone. */
export async function rseRowsBeyond(client: pg.ClientBase, table: 'rse_attr_map' | 'rse_protocols' | 'rse_usage', rseIds: readonly string[], given: readonly object[]): Promise<Record<string, string>[]> {
  const { target, key } = {
    rse_attr_map: { target: 'mirror.rse_attribute', key: ['key'] },
    rse_protocols: { target: 'mirror.rse_protocol', key: ['scheme', 'hostname', 'port'] },
    rse_usage: { target: 'mirror.rse_usage', key: ['source'] },
  }[table];
  const answer = await client.query<Record<string, string>>(`
    select e.rse_id::text, ${key.map((column) => `t.${column}::text`).join(', ')} from ${target} t join mirror.rse e on e.id = t.rse_id
    where e.rse_id = any ($1::uuid[]) and not exists (
      select from json_to_recordset($2::json) as g (rse_id uuid, ${key.map((column) => `${column} text`).join(', ')})
      where g.rse_id = e.rse_id and ${key.map((column) => `g.${column} = t.${column}::text`).join(' and ')})`,
  [rseIds, JSON.stringify(given)]);
  return answer.rows;
}
