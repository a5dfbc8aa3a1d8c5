import type pg from 'pg';

const LOCK = `hashtextextended('dipper sync', 0)`;
/** Of pg_locks as l. */
const HOLDS_LOCK = `l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.database = (select oid from pg_database where datname = current_database())
      and (l.classid::bigint << 32 | l.objid::bigint) = ${LOCK}`;
const TAKE_OVER_SECONDS = 10;

/** After so long without a sign of life a leader counts as frozen: its process stands still, or its machine is gone. */
const FROZEN_SECONDS = 4;

/** Purpose of the connection of a leader that shows signs of life. */
export const LEADER_PURPOSE = 'sync';

/** Thrown where another process has taken over. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';

  constructor() {
    super('Another process keeps the mirror now.');
  }
}

/** Takes the lock of the one process that writes the mirror; it lasts as long as the connection. False if another has it. */
export async function takeLock(client: pg.ClientBase): Promise<boolean> {
  const answer = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${LOCK}) as taken`);
  return answer.rows[0]!.taken;
}

/**
 * Takes the lock from whoever keeps the mirror: `other` ends that connection, and what it had not committed is undone. It was asked for
 * before, so it goes to this connection and not to one that stands by, which only tries. False if it is not kept by a sync.
 */
export async function takeLockOver(client: pg.ClientBase, other: pg.ClientBase): Promise<boolean> {
  await client.query(`set lock_timeout = '${TAKE_OVER_SECONDS}s'`);
  const own = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const taken = client.query(`select pg_advisory_lock(${LOCK})`).then(() => true, (error: unknown) => {
    if ((error as { code?: unknown }).code === '55P03') return false;
    throw error;
  });
  await other.query(`
    select pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where ${HOLDS_LOCK} and a.application_name = $1 and l.pid <> $2`, ['dipper ' + LEADER_PURPOSE, own.rows[0]!.pid]);
  const done = await taken;
  await client.query('reset lock_timeout');
  return done;
}

/** Begins a new term; the caller holds the lock. All that is written later names the term. */
export async function beginTerm(client: pg.ClientBase, kind: 'REPLICATION' | 'REST'): Promise<string> {
  const answer = await client.query<{ term: string }>(
    `insert into mirror.source as s (kind, state, term, leader_pid, leader_seen_at) values ($1, 'SNAPSHOT', 1, pg_backend_pid(), clock_timestamp())
     on conflict (singleton) do update set term = s.term + 1, leader_pid = pg_backend_pid(), leader_seen_at = clock_timestamp()
     returning term`, [kind]);
  return answer.rows[0]!.term;
}

/** Runs an update of mirror.source that names the term as `$1`. Throws LeadershipLost where the term has ended; the caller rolls back. */
export async function writeAsLeader(client: pg.ClientBase, term: string, set: string, values: readonly unknown[] = []): Promise<void> {
  const answer = await client.query(`update mirror.source set ${set}, leader_seen_at = clock_timestamp() where term = $1`, [term, ...values]);
  if (answer.rowCount !== 1) throw new LeadershipLost();
}

/** Shows that the leader lives. */
export async function signOfLife(client: pg.ClientBase, term: string): Promise<void> {
  await writeAsLeader(client, term, 'term = term');
}

/**
 * Ends the connection of a leader that has frozen, so that its lock is free; what it had not committed is undone. A leader that has just
 * taken the lock has not yet written its own pid: only the one that is written down is judged by its last sign of life.
 */
export async function endFrozenLeader(client: pg.ClientBase): Promise<boolean> {
  const answer = await client.query<{ pid: number }>(`
    select l.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid left join mirror.source s on s.leader_pid = l.pid
    where ${HOLDS_LOCK} and a.application_name = $1
      and clock_timestamp() - coalesce(s.leader_seen_at, a.backend_start + interval '10 seconds') > make_interval(secs => $2)`,
  ['dipper ' + LEADER_PURPOSE, FROZEN_SECONDS]);
  for (const { pid } of answer.rows) await client.query('select pg_terminate_backend($1)', [pid]);
  return answer.rows.length > 0;
}
