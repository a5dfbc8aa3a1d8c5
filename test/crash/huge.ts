import type pg from 'pg';

/** Statements straight in Rucio's tables, for more rows in one transaction than its REST takes: as Rucio writes them, times in UTC. */
const now = `(now() at time zone 'UTC')`;

/** Adds files with metadata and a replica each, all AVAILABLE and with number 0, in one transaction. */
export async function addFiles(rucio: pg.Client, { scope, folder, rse, count }: { scope: string; folder: string; rse: string; count: number }): Promise<void> {
  const files = `generate_series(1, ${count}) n`;
  const name = `$2 || '/f' || lpad(n::text, 7, '0')`;
  await rucio.query('begin');
  await rucio.query(`
    insert into rucio.dids (scope, name, account, did_type, availability, bytes, adler32, created_at, updated_at)
    select $1, ${name}, 'root', 'F', 'A', n, lpad(to_hex(n), 8, '0'), ${now}, ${now} from ${files}`, [scope, folder]);
  await rucio.query(`
    insert into rucio.did_meta (scope, name, meta, created_at, updated_at)
    select $1, ${name}, jsonb_build_object('obs_id', 0, 'data_type', 'event', 'start_time', '2026-11-23T20:15:00.5', 'tel_ids', jsonb_build_array(1, n)), ${now}, ${now}
    from ${files}`, [scope, folder]);
  await rucio.query(`
    insert into rucio.replicas (rse_id, scope, name, bytes, adler32, state, created_at, updated_at)
    select r.id, $1, ${name}, n, lpad(to_hex(n), 8, '0'), 'A', ${now}, ${now} from ${files}, rucio.rses r where r.rse = $3`, [scope, folder, rse]);
  await rucio.query('commit');
}

/** Gives all files of the scope the number, and their replicas AVAILABLE where it is even and UNAVAILABLE where it is odd, in one transaction; metadata in two steps, as Rucio does. */
export async function numberFiles(rucio: pg.Client, scope: string, number: number): Promise<void> {
  await rucio.query('begin');
  await rucio.query(`update rucio.did_meta set meta = null where scope = $1`, [scope]);
  await rucio.query(
    `update rucio.did_meta set meta = jsonb_build_object('obs_id', $2::int, 'data_type', 'event'), updated_at = ${now} where scope = $1`, [scope, number]);
  await rucio.query(`update rucio.replicas set state = $2, updated_at = ${now} where scope = $1`, [scope, number % 2 ? 'U' : 'A']);
  await rucio.query('commit');
}

const below = 'scope = any($1)';
const statements = [
  ...['locks', 'dataset_locks', 'requests', 'sources', 'rules', 'collection_replicas', 'updated_dids', 'updated_col_rep', 'bad_replicas', 'replicas'].map((table) => `delete from rucio.${table} where ${below}`),
  `delete from rucio.contents where ${below} or child_scope = any($1)`,
  ...['did_meta', 'dids'].map((table) => `delete from rucio.${table} where ${below}`),
];

/** Takes away all that the scopes hold. */
export async function emptyScopes(rucio: pg.Pool | pg.Client, scopes: readonly string[]): Promise<void> {
  for (const statement of statements) await rucio.query(statement, [scopes]);
}
