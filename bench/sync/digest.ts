import type pg from 'pg';

const words = (column: string, map: Readonly<Record<string, string>>) => `case ${column}::text ${Object.entries(map).map(([letter, word]) => `when '${letter}' then '${word}'`).join(' ')} end`;
const utc = (column: string) => `(${column} at time zone 'UTC')`;
const states = { A: 'AVAILABLE', U: 'UNAVAILABLE', C: 'COPYING', B: 'BEING_DELETED', D: 'BAD', T: 'TEMPORARY_UNAVAILABLE' };
const counts = 'locks_ok_cnt, locks_replicating_cnt, locks_stuck_cnt';

/** The same rows from Rucio's tables and from the mirror's. */
const PAIRS: Readonly<Record<string, readonly [source: string, mirror: string]>> = {
  files: [
    `select d.scope, d.name, account, bytes, adler32, md5, d.created_at, d.updated_at from rucio.dids d where did_type = 'F'`,
    `select scope, name, account, bytes, adler32, md5, ${utc('created_at')}, ${utc('updated_at')} from mirror.file`,
  ],
  metadata: [
    `select scope, name, meta::jsonb from rucio.did_meta where meta is not null and meta::text not in ('null', '{}')`,
    `select scope, name, metadata from mirror.file where metadata <> '{}' union all select scope, name, metadata from mirror.collection where metadata <> '{}'`,
  ],
  replicas: [
    `select scope, name, rse_id, ${words('state', states)}, bytes, adler32, path, created_at, updated_at from rucio.replicas`,
    `select f.scope, f.name, e.rse_id, t.state, t.bytes, t.adler32, t.path, ${utc('t.created_at')}, ${utc('t.updated_at')} from mirror.replica t join mirror.file f on f.id = t.file_id join mirror.rse e on e.id = t.rse_id`,
  ],
  contents: [
    'select scope, name, child_scope, child_name from rucio.contents',
    `select p.scope, p.name, f.scope, f.name from mirror.content_file t join mirror.collection p on p.id = t.collection_id join mirror.file f on f.id = t.file_id
     union all select p.scope, p.name, k.scope, k.name from mirror.content_collection t join mirror.collection p on p.id = t.collection_id join mirror.collection k on k.id = t.child_id`,
  ],
  rules: [
    `select id, scope, name, rse_expression, source_replica_expression, copies, ${words('state', { R: 'REPLICATING', O: 'OK' })}, ${counts}, updated_at from rucio.rules`,
    `select id, scope, name, rse_expression, source_replica_expression, copies, state, ${counts}, ${utc('updated_at')} from mirror.rule`,
  ],
};

async function digest(client: pg.ClientBase, query: string): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(`select count(*) || ' rows ' || coalesce(sum(hashtextextended(r::text, 0)::numeric), 0) as digest from (${query}) as r`);
  return rows[0]!.digest;
}

/** Rows of each kind, once the digests of both sides are the same. Throws where one differs. Nothing may be written meanwhile; both connections run in UTC. */
export async function compareDigests(source: pg.ClientBase, mirror: pg.ClientBase): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const [kind, [sourceQuery, mirrorQuery]] of Object.entries(PAIRS)) {
    const [wanted, found] = await Promise.all([digest(source, sourceQuery), digest(mirror, mirrorQuery)]);
    if (wanted !== found) throw new Error(`The mirror's ${kind} are not Rucio's: ${found}, Rucio ${wanted}.`);
    rows[kind] = Number.parseInt(wanted);
  }
  const { rows: [aside] } = await mirror.query<{ rows: string }>('select count(*) as rows from mirror.set_aside');
  if (aside!.rows !== '0') throw new Error(`${aside!.rows} rows were set aside.`);
  return rows;
}
