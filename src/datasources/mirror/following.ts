import type pg from 'pg';

/** What is known of whether, and how closely, the mirror follows its source. */
export interface Following {
  readonly kind: 'REPLICATION' | 'REST';
  readonly state: 'SNAPSHOT' | 'STREAMING' | 'CRAWLING';
  /** Server and database that are followed. */
  readonly identity: string | null;
  /** All that the source committed by then is in the mirror; null before the first snapshot. */
  readonly asOf: string | null;
  /** When the source was last seen. */
  readonly checkedAt: string;
  /** Transactions are applied as they come. */
  readonly alive: boolean;
  /** Whether the mirror has come to the position that was asked for. */
  readonly reached: boolean;
}

/** Null where nothing has ever been followed. */
export async function readFollowing(client: pg.ClientBase, position = '0/0'): Promise<Following | null> {
  const answer = await client.query<Following>(`
    select kind, state, identity, as_of::text as "asOf", checked_at::text as "checkedAt", coalesce(position >= $1::pg_lsn, false) as reached,
      state = 'STREAMING' and checked_at > now() - interval '10 seconds' as alive
    from mirror.source`, [position]);
  return answer.rows[0] ?? null;
}
