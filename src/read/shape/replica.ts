import { sql } from 'kysely';
import type { Look } from '../look.js';
import type { RelationField, Shape } from '../shape.js';
import { columns } from '../shape.js';
import type { RseSettings } from '../request.js';
import { all, type Sql, type Table } from '../sql.js';

/** File.replicas: healthy states first, which is the order of the enum, then by name of the RSE. */
export const replicas: RelationField = { relation: (look, file) => {
  const { rse, state } = look.args as { rse?: string | null; state?: string[] | null };
  return look.list('Replica', (row) => ({
    from: sql`mirror.replica as ${row.alias} join mirror.rse as on_rse on on_rse.id = ${row('rse_id')} and not on_rse.deleted`,
    rest: sql`where ${all([
      sql`${row('file_id')} = ${file('id')}`,
      ...(rse === undefined || rse === null ? [] : [sql`${row('rse_id')} = any(${look.request.filter.rses(rse).map(({ id }) => id)}::int[])`]),
      ...(state === undefined || state === null ? [] : [sql`${row('state')} = any(${state}::mirror.replica_state[])`]),
    ])} order by ${row('state')}, on_rse.name`,
  }));
} };

/** Path of a copy: its own, or made from the name as the RSE has it; null where that way is not known. The same as in domain/pfn.ts. */
const path = (look: Look, replica: Table, byDefault: string): Sql => sql`(select coalesce(nullif(${replica('path')}, ''), case
    when not r.deterministic then null
    else case coalesce(a.value, ${sql.lit(byDefault)})
      when 'ctao_bdms' then f.name
      when 'identity' then n.folder || '/' || f.name
      when 'hash' then n.folder || '/' || left(n.digest, 2) || '/' || substr(n.digest, 3, 2) || '/' || f.name end end)
  from ${look.tables.file} f
  join mirror.rse r on r.id = ${replica('rse_id')}
  left join mirror.rse_attribute a on a.rse_id = r.id and a.key = 'lfn2pfn_algorithm'
  cross join lateral (select case when f.scope ~ '^(user|group)' then replace(f.scope, '.', '/') else f.scope end as folder, md5(f.scope || ':' || f.name) as digest) n
  where f.id = ${replica('file_id')})`;

const pfns = (byDefault: string): RelationField => ({ relation: (look, replica) => look.list('Pfn', (row) => ({
  from: sql`(
    select mirror.pfn(p, copy.path, ${replica('path')} <> '') as url, p.scheme, domain.name as domain, domain.priority
    from (select ${path(look, replica, byDefault)} as path) copy
    join mirror.rse_protocol p on p.rse_id = ${replica('rse_id')} and copy.path is not null
    cross join lateral (values ('lan' collate "C", p.read_lan), ('wan', p.read_wan)) as domain (name, priority)
    where domain.priority is not null
  ) as ${row.alias}`,
  rest: sql`where ${row('url')} is not null order by ${row('priority')}, ${row('domain')}, ${row('scheme')}, ${row('url')} collate "C"`,
})) });

/** Replica: rows of mirror.replica. */
export const replicaShape = ({ lfn2pfnAlgorithm }: RseSettings): Shape => ({ type: 'Replica', fields: {
  ...columns({ state: 'state', bytes: 'bytes', adler32: 'adler32', createdAt: 'created_at', updatedAt: 'updated_at' }),
  rse: { relation: (look, replica) => look.one('Rse', (row) => ({ from: sql`mirror.rse as ${row.alias}`, rest: sql`where ${row('id')} = ${replica('rse_id')}` })) },
  pfns: pfns(lfn2pfnAlgorithm),
} });

export const pfnShape: Shape = { type: 'Pfn', fields: columns({ url: 'url', scheme: 'scheme', domain: 'domain', priority: 'priority' }) };
