import type pg from 'pg';

const words = (column: string, map: Record<string, string>) => `case ${column}::text ${Object.entries(map).map(([letter, word]) => `when '${letter}' then '${word}'`).join(' ')} end`;
const didType = { F: 'FILE', D: 'DATASET', C: 'CONTAINER' };
const replicaState = { A: 'AVAILABLE', U: 'UNAVAILABLE', C: 'COPYING', B: 'BEING_DELETED', D: 'BAD', T: 'TEMPORARY_UNAVAILABLE' };
const ruleState = { R: 'REPLICATING', O: 'OK', S: 'STUCK', U: 'SUSPENDED', W: 'WAITING_APPROVAL', I: 'INJECT' };
const grouping = { A: 'ALL', D: 'DATASET', N: 'NONE' };
const meta = `case when m.meta is null or m.meta = 'null' then '{}' else m.meta end`;

/** What a source of the mirror tells of Rucio's tables. */
export interface Told {
  readonly fractionsOfSeconds: boolean;
  readonly datesOfReplicas: boolean;
  readonly deletedRses: boolean;
}
export const everything: Told = { fractionsOfSeconds: true, datesOfReplicas: true, deletedRses: true };
/** What Rucio's REST interface does not tell; all else must be equal. */
export const toldByRest: Told = { fractionsOfSeconds: false, datesOfReplicas: false, deletedRses: false };
const dids = 'rucio.dids d left join rucio.did_meta m on m.scope = d.scope and m.name = d.name';
const priorities = 'read_lan, write_lan, delete_lan, read_wan, write_wan, delete_wan, third_party_copy_read, third_party_copy_write';
const locks = 'locks_ok_cnt, locks_replicating_cnt, locks_stuck_cnt';

type Pairs = Readonly<Record<string, readonly [source: string, mirror: string]>>;

/** The same rows from Rucio's tables and from the mirror's, as one JSON text each. */
function pairsOf({ fractionsOfSeconds, datesOfReplicas, deletedRses }: Told): Pairs {
  const utc = (column: string) => (fractionsOfSeconds ? `${column} at time zone 'UTC'` : `date_trunc('second', ${column}) at time zone 'UTC'`);
  const dateOfReplica = (column: string) => (datesOfReplicas ? utc(column) : 'null::timestamptz');
  const present = (table: string) => (deletedRses ? '' : `where not exists (select from rucio.rses x where x.id = ${table} and x.deleted)`);
  return {
    files: [
      `select d.scope, d.name, account, bytes, adler32, md5, ${utc('d.created_at')}, ${utc('d.updated_at')}, ${meta} from ${dids} where d.did_type = 'F'`,
      'select scope, name, account, bytes, adler32, md5, created_at, updated_at, metadata from mirror.file',
    ],
    collections: [
      `select d.scope, d.name, ${words('d.did_type', didType)}, account, is_open, ${utc('d.created_at')}, ${utc('d.updated_at')}, ${meta} from ${dids} where d.did_type in ('D', 'C')`,
      'select scope, name, did_type, account, is_open, created_at, updated_at, metadata from mirror.collection',
    ],
    replicas: [
      `select scope, name, rse_id, ${words('state', replicaState)}, bytes, adler32, path, ${dateOfReplica('created_at')}, ${dateOfReplica('updated_at')} from rucio.replicas ${present('rse_id')}`,
      'select f.scope, f.name, e.rse_id, t.state, t.bytes, t.adler32, t.path, t.created_at, t.updated_at from mirror.replica t join mirror.file f on f.id = t.file_id join mirror.rse e on e.id = t.rse_id',
    ],
    contents: [
      'select scope, name, child_scope, child_name from rucio.contents',
      `select p.scope, p.name, f.scope, f.name from mirror.content_file t join mirror.collection p on p.id = t.collection_id join mirror.file f on f.id = t.file_id
       union all
       select p.scope, p.name, k.scope, k.name from mirror.content_collection t join mirror.collection p on p.id = t.collection_id join mirror.collection k on k.id = t.child_id`,
    ],
    rules: [
      `select id, scope, name, ${words('did_type', didType)}, account, rse_expression, source_replica_expression, copies, ${words('state', ruleState)}, ${words('grouping', grouping)},
         activity, ${locks}, locked, error, ${utc('expires_at')}, ${utc('created_at')}, ${utc('updated_at')} from rucio.rules`,
      `select id, scope, name, did_type, account, rse_expression, source_replica_expression, copies, state, "grouping", activity, ${locks}, locked, error, expires_at, created_at, updated_at from mirror.rule`,
    ],
    rses: [
      `select id, rse, rse_type, deterministic, availability_read, availability_write, availability_delete, coalesce(deleted, false) from rucio.rses r ${present('r.id')}`,
      'select rse_id, name, type, deterministic, availability_read, availability_write, availability_delete, deleted from mirror.rse',
    ],
    attributes: [`select rse_id, key, value from rucio.rse_attr_map ${present('rse_id')}`, 'select e.rse_id, t.key, t.value from mirror.rse_attribute t join mirror.rse e on e.id = t.rse_id'],
    protocols: [
      `select rse_id, scheme, hostname, port, coalesce(prefix, ''), impl, ${priorities} from rucio.rse_protocols ${present('rse_id')}`,
      `select e.rse_id, scheme, hostname, port, prefix, impl, ${priorities} from mirror.rse_protocol t join mirror.rse e on e.id = t.rse_id`,
    ],
    usage: [
      `select rse_id, source, used, free, files, ${utc('updated_at')} from rucio.rse_usage ${present('rse_id')}`,
      'select e.rse_id, source, used, free, files, updated_at from mirror.rse_usage t join mirror.rse e on e.id = t.rse_id',
    ],
  };
}

async function rows(client: pg.ClientBase, query: string): Promise<string[]> {
  // Columns are compared by place: their names differ.
  const answer = await client.query<string[]>({ text: query, rowMode: 'array', types: { getTypeParser: () => String } });
  return answer.rows.map((row) => JSON.stringify(row)).sort();
}

export interface Difference {
  readonly onlyInRucio: string[];
  readonly onlyInMirror: string[];
}

/** What differs, row for row, by kind of row; empty where all is equal. Both connections must run in UTC. */
export async function compareMirror(rucio: pg.ClientBase, mirror: pg.ClientBase, told = everything): Promise<Record<string, Difference>> {
  const differences: Record<string, Difference> = {};
  for (const [kind, [sourceQuery, mirrorQuery]] of Object.entries(pairsOf(told))) {
    const [source, copy] = await Promise.all([rows(rucio, sourceQuery), rows(mirror, mirrorQuery)]);
    const inSource = new Set(source);
    const inCopy = new Set(copy);
    const difference = { onlyInRucio: source.filter((row) => !inCopy.has(row)), onlyInMirror: copy.filter((row) => !inSource.has(row)) };
    if (difference.onlyInRucio.length || difference.onlyInMirror.length || source.length !== copy.length) differences[kind] = difference;
  }
  return differences;
}
