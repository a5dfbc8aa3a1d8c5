import type pg from 'pg';
import { DipperError } from '../../errors.js';

/** What the mirror follows and how far it has come. */
export interface SourceState {
  state: 'SNAPSHOT' | 'STREAMING' | 'CRAWLING';
  /** Server and database that the position belongs to. */
  identity: string | null;
  /** As Postgres writes a pg_lsn; null before the first snapshot. */
  position: string | null;
}

export interface Progress {
  position: string;
  /** RFC 3339 in UTC, or as the source's Postgres writes it; null keeps what is there. */
  asOf: string | null;
  /** Commit time of the oldest change known and not applied. */
  behindSince: string | null;
}

export async function readSource(client: pg.ClientBase): Promise<SourceState | null> {
  const answer = await client.query<SourceState>('select state, identity, position::text from mirror.source');
  return answer.rows[0] ?? null;
}

/** Says that a snapshot has begun. Position and asOf of an earlier one stay: its rows go on to serve. */
export async function beginSnapshot(client: pg.ClientBase): Promise<void> {
  await client.query(`
    insert into mirror.source as s (kind, state, checked_at) values ('REPLICATION', 'SNAPSHOT', now())
    on conflict (singleton) do update set kind = excluded.kind, state = excluded.state, checked_at = now()`);
}

/** Ends a snapshot, in the transaction that brings its rows. */
export async function endSnapshot(client: pg.ClientBase, identity: string, position: string, asOf: string): Promise<void> {
  await client.query(
    `update mirror.source set state = 'STREAMING', identity = $1, position = $2, as_of = greatest(as_of, $3), behind_since = null, checked_at = now()`,
    [identity, position, asOf],
  );
}

/** Stores how far the source has been applied, in the transaction that applies it. asOf never runs back. */
export async function writeProgress(client: pg.ClientBase, progress: Progress): Promise<void> {
  await client.query(
    `update mirror.source set position = $1, as_of = greatest(as_of, $2), behind_since = $3, checked_at = now(), state = 'STREAMING'`,
    [progress.position, progress.asOf, progress.behindSince],
  );
}

/** Says that the source is still followed, from a second connection while the first is busy. */
export async function writeHeartbeat(client: pg.ClientBase, behindSince: string | null): Promise<void> {
  await client.query('update mirror.source set checked_at = now(), behind_since = $1', [behindSince]);
}

const LEADER = `hashtextextended('dipper sync', 0)`;

/** Takes the lock of the one process that writes the mirror; it lasts as long as the connection. False if another has it. */
export async function takeLeadership(client: pg.ClientBase): Promise<boolean> {
  const answer = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${LEADER}) as taken`);
  return answer.rows[0]!.taken;
}

/** Throws unless the mirror's columns were made from this registry. */
export async function checkRegistry(client: pg.ClientBase, digest: string): Promise<void> {
  const exists = await client.query<{ there: boolean }>(`select to_regclass('mirror.registry') is not null as there`);
  const stored = exists.rows[0]!.there ? await client.query<{ digest: string }>('select digest from mirror.registry') : null;
  if (!stored?.rows[0]) throw new DipperError('INTERNAL', 'The mirror has no tables yet: run `dipper migrate`.');
  if (stored.rows[0].digest !== digest) throw new DipperError('INTERNAL', 'The field registry has changed since the mirror was made: run `dipper migrate`.');
}
