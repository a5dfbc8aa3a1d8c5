import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SyncMetrics } from '../services/sync/sync-metrics.js';

/** Prometheus metrics of `dipper sync`. `tables` are those that rows are counted by; each begins with 0, so that no first change is missed. */
export function createSyncMetrics(tables: readonly string[]): SyncMetrics & { readonly registry: Registry } {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'dipper_' });
  const leader = new Gauge({ name: 'dipper_sync_leader', help: '1 where this process keeps the mirror, 0 where it stands by.', registers });
  const rows = new Counter({ name: 'dipper_sync_rows_total', help: "Rows taken into the mirror or removed from it, by Rucio's table.", labelNames: ['table', 'op'], registers });
  for (const table of tables) for (const op of ['upsert', 'remove']) rows.inc({ table, op }, 0);
  const transactions = new Counter({ name: 'dipper_sync_transactions_total', help: 'Transactions of Rucio that were applied.', registers });
  const commits = new Counter({ name: 'dipper_sync_commits_total', help: 'Transactions of the mirror that were committed.', registers });
  const apply = new Histogram({
    name: 'dipper_sync_apply_seconds', help: 'Time of one transaction of the mirror, from its begin to its commit, in seconds.',
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30], registers,
  });
  const backlog = new Gauge({ name: 'dipper_sync_backlog_bytes', help: "Log that Rucio's Postgres keeps for the mirror, in bytes; NaN where that is not known.", registers });
  backlog.set(NaN);
  const snapshotRows = new Gauge({ name: 'dipper_sync_snapshot_rows', help: 'Rows that the last snapshot has written.', registers });
  const tablesDone = new Gauge({ name: 'dipper_sync_snapshot_tables_done', help: 'Tables that the last snapshot is done with.', registers });
  const tablesAll = new Gauge({ name: 'dipper_sync_snapshot_tables', help: 'Tables that the last snapshot has to read.', registers });
  const aside = new Gauge({ name: 'dipper_sync_set_aside', help: 'Source rows that could not be taken in.', registers });
  const restarts = new Counter({ name: 'dipper_sync_restarts_total', help: 'How often sync broke off and began again.', registers });
  return {
    registry,
    leads(does) {
      leader.set(does ? 1 : 0);
      if (!does) backlog.set(NaN); // only the leader looks
    },
    applied(table, upserts, removes) {
      rows.inc({ table, op: 'upsert' }, upserts);
      rows.inc({ table, op: 'remove' }, removes);
    },
    committed(done) {
      transactions.inc(done.transactions);
      commits.inc();
      apply.observe(done.seconds);
    },
    backlog(bytes) { backlog.set(bytes ?? NaN); },
    snapshot(progress) {
      snapshotRows.set(progress.rows);
      tablesDone.set(progress.tablesDone);
      tablesAll.set(progress.tables);
    },
    setAside(count) { aside.set(count); },
    brokeOff() { restarts.inc(); },
  };
}
