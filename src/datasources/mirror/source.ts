import type pg from 'pg';
import { writeAsLeader } from './leadership.js';

/** What the mirror follows and how far it has come. */
export interface SourceState {
  readonly kind: 'REPLICATION' | 'REST';
  readonly state: 'SNAPSHOT' | 'STREAMING' | 'CRAWLING';
  /** Server and database that the position belongs to. */
  readonly identity: string | null;
  /** As Postgres writes a pg_lsn; null before the first snapshot. */
  readonly position: string | null;
  readonly asOf: string | null;
}

export interface Progress {
  readonly position: string;
  /** RFC 3339 in UTC, or as the source's Postgres writes it; null keeps what is there. */
  readonly asOf: string | null;
  /** Commit time of the oldest change known and not applied. */
  readonly behindSince: string | null;
}

/** What is known of the log that the source keeps. */
export interface Backlog {
  readonly bytes: string;
  /** Postgres's wal_status of the slot. */
  readonly status: string;
}

export async function readSource(client: pg.ClientBase): Promise<SourceState | null> {
  const answer = await client.query<SourceState>('select kind, state, identity, position::text, as_of::text as "asOf" from mirror.source');
  return answer.rows[0] ?? null;
}

/** Says that a snapshot has begun. The rows of an earlier one go on to serve, as at their asOf: nobody knows since when they are behind, but not longer. */
export async function beginSnapshot(client: pg.ClientBase, term: string): Promise<void> {
  await writeAsLeader(client, term, `kind = 'REPLICATION', state = 'SNAPSHOT', behind_since = as_of, checked_at = now(), backlog_bytes = null, slot_status = null`);
}

/** Stores how far the source has been applied, in the transaction that applies it. asOf never runs back. */
export async function writeProgress(client: pg.ClientBase, term: string, { position, asOf, behindSince }: Progress): Promise<void> {
  await writeAsLeader(client, term, `position = $2, as_of = greatest(as_of, $3), behind_since = $4, checked_at = now(), state = 'STREAMING'`, [position, asOf, behindSince]);
}

/** Says that the source is still followed, from a second connection while the first is busy. */
export async function writeHeartbeat(client: pg.ClientBase, term: string, { behindSince, backlog }: { behindSince: string | null; backlog: Backlog | null }): Promise<void> {
  await writeAsLeader(client, term, 'checked_at = now(), behind_since = $2, backlog_bytes = $3, slot_status = $4', [behindSince, backlog?.bytes ?? null, backlog?.status ?? null]);
}

/** The same while a snapshot is taken. */
export async function writeSnapshotHeartbeat(client: pg.ClientBase, term: string, backlog: Backlog | null): Promise<void> {
  await writeAsLeader(client, term, 'checked_at = now(), backlog_bytes = $2, slot_status = $3', [backlog?.bytes ?? null, backlog?.status ?? null]);
}

/** Rows that could not be taken in; counted to 100,000. */
export async function countSetAside(client: pg.ClientBase): Promise<number> {
  const answer = await client.query<{ count: string }>('select count(*) from (select from mirror.set_aside limit 100000) s');
  return Number(answer.rows[0]!.count);
}
