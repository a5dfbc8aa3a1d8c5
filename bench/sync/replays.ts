import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Streaming } from './stream.js';

const TABLES = ['file', 'replica', 'collection', 'content_file', 'content_collection', 'rule', 'rse', 'rse_attribute', 'rse_protocol', 'rse_usage', 'set_aside'];
const IDLE_MS = 5_000;

export interface ReplayResult { readonly rows: number; readonly walBytesARow: number }

/** Place, maker and locker of every row: another digest where any row was written or even locked. */
async function versions(mirror: pg.ClientBase): Promise<string> {
  const digests: string[] = [];
  for (const table of TABLES) {
    const { rows } = await mirror.query<{ digest: string }>(`select count(*) || ' ' || coalesce(sum(hashtextextended(concat_ws(' ', ctid, xmin, xmax), 0)::numeric), 0) as digest from mirror.${table}`);
    digests.push(`${table} ${rows[0]!.digest}`);
  }
  return digests.join('\n');
}

const written = async (mirror: pg.ClientBase) => Number((await mirror.query<{ at: string }>(`select pg_current_wal_insert_lsn() - '0/0' as at`)).rows[0]!.at);

/** Waits until the mirror has all that the source has now. */
async function caughtUp({ source, mirror, signal }: Streaming): Promise<void> {
  const { rows: [now] } = await source.query<{ at: string }>('select pg_current_wal_insert_lsn()::text as at');
  for (const until = Date.now() + 120_000; ; await sleep(20)) {
    signal.throwIfAborted();
    if ((await mirror.query('select from mirror.source where position >= $1::pg_lsn', [now!.at])).rowCount) return;
    if (Date.now() > until) throw new Error('The mirror does not come as far as Rucio.');
  }
}

/** Writes 11,000 rows of Rucio again as they are. Throws if the mirror writes or locks a row; answers the log it writes beyond that of an idle time as long. */
export async function measureReplays(streaming: Streaming, files: number): Promise<ReplayResult> {
  const { source, mirror } = streaming;
  await caughtUp(streaming);
  await mirror.query(`vacuum ${TABLES.map((table) => `mirror.${table}`).join(', ')}`); // else Postgres does it by itself meanwhile, and writes log
  const before = await versions(mirror);
  const idleFrom = [await written(mirror), performance.now()] as const;
  await sleep(IDLE_MS);
  const from = [await written(mirror), performance.now()] as const;
  const { rows: [sent] } = await source.query<{ rows: string }>(`select 3 * 3000 + 2000 + (select count(*) from rucio.rses) + (select count(*) from rucio.rse_attr_map) + (select count(*) from rucio.rse_protocols) as rows`);
  await source.query('select bench.replay($1)', [files]);
  await caughtUp(streaming);
  const to = [await written(mirror), performance.now()] as const;
  const idle = (from[0] - idleFrom[0]) / (from[1] - idleFrom[1]);
  if (await versions(mirror) !== before) throw new Error('Rows that did not change were written or locked in the mirror.');
  return { rows: Number(sent!.rows), walBytesARow: Math.max(0, to[0] - from[0] - idle * (to[1] - from[1])) / Number(sent!.rows) };
}
