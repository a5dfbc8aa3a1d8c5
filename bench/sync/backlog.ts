import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { connect } from '../mirror/connect.js';
import { startDipper } from './process.js';
import { openProbe } from './probe.js';
import { serves, type SyncTarget } from './snapshot.js';
import type { Writer } from './writer.js';

export interface BacklogResult {
  readonly rows: number;
  /** Log that the source kept meanwhile. */
  readonly bytes: number;
  /** What `mirror.source` said of it when sync ran again; null where it said nothing. */
  readonly reported: number | null;
  readonly seconds: number;
}
/** A slot that lost its log: from the start of sync to a mirror that is whole again. */
export interface LostSlotResult { readonly files: number; readonly seconds: number; readonly peak: number }

const ROWS = 300_000;
const LOST_BYTES = 256 * 1024 * 1024;

const SLOT = `select wal_status as status, (pg_current_wal_lsn() - restart_lsn)::bigint::text as bytes, confirmed_flush_lsn from pg_replication_slots where database = current_database()`;

async function slotOf(source: pg.ClientBase): Promise<{ status: string; bytes: string | null }> {
  const { rows } = await source.query<{ status: string; bytes: string | null }>(SLOT);
  if (rows.length !== 1) throw new Error(`There are ${rows.length} replication slots, not one.`);
  return rows[0]!;
}

async function within<T>(target: SyncTarget, sourceUrl: string, use: (source: pg.Client, mirror: pg.Client) => Promise<T>): Promise<T> {
  const source = await connect(sourceUrl);
  const mirror = await connect(target.mirrorUrl);
  try {
    return await use(source, mirror);
  } finally {
    await Promise.all([source.end(), mirror.end()]);
  }
}

/** With sync stopped, changes pile up; then it is started and catches up. */
export async function measureBacklog(target: SyncTarget, sourceUrl: string, writer: Writer): Promise<BacklogResult> {
  return within(target, sourceUrl, async (source, mirror) => {
    const rows = await writer.write(ROWS, target.signal);
    const { bytes } = await slotOf(source);
    const probe = await openProbe(sourceUrl, target.mirrorUrl);
    await probe.mark();
    const start = performance.now();
    const sync = startDipper(['sync'], target.env, target.log);
    let reported: number | null = null;
    let over = false;
    const watching = (async () => {
      for (; !over; await sleep(100)) {
        const { rows: [found] } = await mirror.query<{ bytes: string | null }>('select backlog_bytes as bytes from mirror.source');
        if (found?.bytes != null) reported = Math.max(reported ?? 0, Number(found.bytes));
      }
    })();
    try {
      await probe.settled(600);
      return { rows, bytes: Number(bytes), reported, seconds: (performance.now() - start) / 1000 };
    } finally {
      over = true;
      await watching.catch(() => undefined);
      await probe.close();
      await sync.stop();
    }
  });
}

/** With sync stopped, the source may keep little log, and drops what the slot needs; sync must take a new snapshot by itself. */
export async function measureLostSlot(target: SyncTarget, sourceUrl: string, writer: Writer): Promise<LostSlotResult> {
  return within(target, sourceUrl, async (source, mirror) => {
    await source.query(`alter system set max_slot_wal_keep_size = '64MB'`);
    await source.query('select pg_reload_conf()');
    try {
      for (let tries = 0; (await slotOf(source)).status !== 'lost'; tries += 1) {
        if (tries === 40) throw new Error('The slot is not lost.');
        for (const from = await logAt(source); await logAt(source) - from < LOST_BYTES / 4; ) await writer.write(20_000, target.signal);
        await source.query('select pg_switch_wal()');
        await source.query('checkpoint');
      }
    } finally {
      await source.query('alter system reset max_slot_wal_keep_size');
      await source.query('select pg_reload_conf()');
    }
    const probe = await openProbe(sourceUrl, target.mirrorUrl);
    await probe.mark();
    const start = performance.now();
    const sync = startDipper(['sync'], target.env, target.log);
    try {
      await probe.settled(1_200);
      await serves(mirror, target.signal);
      const { rows: [count] } = await mirror.query<{ files: string }>('select count(*) as files from mirror.file');
      return { files: Number(count!.files), seconds: (performance.now() - start) / 1000, peak: sync.peak() };
    } finally {
      await probe.close();
      await sync.stop();
    }
  });
}

const logAt = async (source: pg.ClientBase) => Number((await source.query<{ at: string }>(`select pg_current_wal_insert_lsn() - '0/0' as at`)).rows[0]!.at);
