import type pg from 'pg';
import { writeAsLeader } from './leadership.js';

/** Says that the mirror follows Rucio's REST interface from here on. The rows of another source go on to serve, as at their asOf. */
export async function beginCrawling(client: pg.ClientBase, term: string): Promise<void> {
  await writeAsLeader(client, term, `kind = 'REST', state = 'CRAWLING', identity = null, position = null, behind_since = as_of, backlog_bytes = null, slot_status = null`);
}

/** Stores from when on a whole pass has read Rucio, in the transaction that ends it. What has changed since is not known, so the mirror counts as behind from then on. */
export async function writeAsOf(client: pg.ClientBase, term: string, began: string): Promise<void> {
  await writeAsLeader(client, term, `as_of = greatest(as_of, $2), behind_since = greatest(as_of, $2), checked_at = now()`, [began]);
}

/** Says that Rucio answers. */
export async function writeAnswered(client: pg.ClientBase, term: string): Promise<void> {
  await writeAsLeader(client, term, 'checked_at = now()');
}
