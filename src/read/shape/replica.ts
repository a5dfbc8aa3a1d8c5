import { sql } from 'kysely';
import type { PathRule } from '../../domain/pfn.js';
import type { RelationField, Shape } from '../shape.js';
import { columns } from '../shape.js';
import type { RseSettings } from '../request.js';
import { all, table, type Sql, type Table } from '../sql.js';

/** The RSE of a replica, joined to it. */
const rse = table('on_rse');

/** File.replicas: healthy states first, which is the order of the enum, then by name of the RSE. */
export const replicas: RelationField = { relation: (look, file) => {
  const { rse: expression, state } = look.args as { rse?: string | null; state?: string[] | null };
  return look.list('Replica', (row) => ({
    // The file's name goes along: paths are made of it.
    from: sql`(select r.*, ${file('scope')} as scope, ${file('name')} as name from mirror.replica r where r.file_id = ${file('id')}) as ${row.alias}
      join mirror.rse as ${rse.alias} on ${rse('id')} = ${row('rse_id')} and not ${rse('deleted')}`,
    rest: sql`where ${all([
      ...(expression === undefined || expression === null ? [] : [sql`${row('rse_id')} = any(${look.request.filter.rses(expression).map(({ id }) => id)}::int[])`]),
      ...(state === undefined || state === null ? [] : [sql`${row('state')} = any(${state}::mirror.replica_state[])`]),
    ])} order by ${row('state')}, ${rse('name')}`,
  }));
} };

const folder = (replica: Table): Sql => sql`case when ${replica('scope')} ~ '^(user|group)' then replace(${replica('scope')}, '.', '/') else ${replica('scope')} end`;
const digest = (replica: Table): Sql => sql`md5(${replica('scope')} || ':' || ${replica('name')})`;
const pathByRule: Record<PathRule, (replica: Table) => Sql> = {
  name: (replica) => replica('name'),
  identity: (replica) => sql`${folder(replica)} || '/' || ${replica('name')}`,
  hash: (replica) => sql`${folder(replica)} || '/' || left(${digest(replica)}, 2) || '/' || substr(${digest(replica)}, 3, 2) || '/' || ${replica('name')}`,
};

/** Path of a copy: its own, or made from the name as the RSE has it; null where that way is not known. The same as in domain/pfn.ts. */
const path = (replica: Table, { lfn2pfnAlgorithm, pathRules }: RseSettings): Sql => sql`(select coalesce(nullif(${replica('path')}, ''), case
    when not r.deterministic then null
    else case coalesce(a.value, ${sql.lit(lfn2pfnAlgorithm)})
      ${sql.join(Object.entries(pathRules).map(([algorithm, rule]) => sql`when ${sql.lit(algorithm)} then ${pathByRule[rule](replica)}`), sql` `)} end end)
  from mirror.rse r
  left join mirror.rse_attribute a on a.rse_id = r.id and a.key = 'lfn2pfn_algorithm'
  where r.id = ${replica('rse_id')})`;

// offset 0: the path is worked out once a copy, not once for each use of it.
const pfns = (settings: RseSettings): RelationField => ({ relation: (look, replica) => look.list('Pfn', (row) => ({
  from: sql`(
    select p.url_start || case when ${replica('path')} <> '' and p.bare_own or coalesce(${replica('path')}, '') = '' and p.bare_made then copy.bare else copy.path end as url,
      p.scheme, domain.name as domain, domain.priority
    from (select made.path, regexp_replace(made.path, '^/', '') as bare from (select ${path(replica, settings)} as path offset 0) made offset 0) copy
    join mirror.rse_protocol p on p.rse_id = ${replica('rse_id')} and p.url_start is not null and copy.path is not null
    cross join lateral (values ('lan' collate "C", p.read_lan), ('wan', p.read_wan)) as domain (name, priority)
    where domain.priority is not null
  ) as ${row.alias}`,
  rest: sql`order by ${row('priority')}, ${row('domain')}, ${row('scheme')}, ${row('url')} collate "C"`,
})) });

/** Replica: rows of mirror.replica. */
export const replicaShape = (settings: RseSettings): Shape => ({ type: 'Replica', fields: {
  ...columns({ state: 'state', bytes: 'bytes', adler32: 'adler32', createdAt: 'created_at', updatedAt: 'updated_at' }),
  rse: { relation: (look) => look.one('Rse', (row) => ({ from: sql`(select ${rse.alias}.*) as ${row.alias}` })) },
  pfns: pfns(settings),
} });

export const pfnShape: Shape = { type: 'Pfn', fields: columns({ url: 'url', scheme: 'scheme', domain: 'domain', priority: 'priority' }) };
