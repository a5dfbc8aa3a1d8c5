import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetadataField } from '../domain/metadata-field.js';
import type { SyncMetrics } from '../services/sync/sync-metrics.js';
import { syncTables } from '../services/sync/tables.js';

/** What sync tells of its work, for Prometheus. */
export interface SyncRegistry extends SyncMetrics { readonly registry: Registry }

/** Counters begin with 0 for each of Rucio's tables, so that the first change shows, too. */
export function createSyncMetrics(fields: readonly MetadataField[]): SyncRegistry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'dipper_' });
  const leader = new Gauge({ name: 'dipper_sync_leader', help: '1 where this process keeps the mirror, 0 where it stands by.', registers });
  const rows = new Counter({ name: 'dipper_sync_rows_total', help: "Rows taken into the mirror or removed from it, by Rucio's table.", labelNames: ['table', 'op'], registers });
  for (const { name: table } of syncTables(fields).mirror) for (const op of ['upsert', 'remove']) rows.inc({ table, op }, 0);
  const transactions = new Counter({ name: 'dipper_sync_transactions_total', help: 'Transactions of Rucio that were applied.', registers });
  const commits = new Counter({ name: 'dipper_sync_commits_total', help: 'Transactions of the mirror that were committed.', registers });
  const apply = new Histogram({
    name: 'dipper_sync_apply_seconds', help: 'Time of one transaction of the mirror, from its begin to its commit, in seconds.',
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30], registers,
  });
  const backlog = new Gauge({ name: 'dipper_sync_backlog_bytes', help: "Log that Rucio's Postgres keeps for the mirror, in bytes; NaN where that is not known.", registers });
  backlog.set(NaN);
  const snapshotRows = new Gauge({ name: 'dipper_sync_snapshot_rows', help: 'Rows that the last snapshot of this process has written.', registers });
  const snapshotExpected = new Gauge({ name: 'dipper_sync_snapshot_rows_expected', help: "Rows that there were for it, by Rucio's Postgres' own estimate.", registers });
  const requests = new Counter({ name: 'dipper_sync_requests_total', help: "Requests of the crawl to Rucio's REST interface; failed are those that Rucio did not answer, or with 429 or 5xx.", labelNames: ['result'], registers });
  for (const result of ['answered', 'failed']) requests.inc({ result }, 0);
  const again = new Counter({ name: 'dipper_sync_asked_again_total', help: 'How often the crawl asked again for what Rucio had not answered as it should.', registers });
  const passRead = new Gauge({ name: 'dipper_sync_pass_dids', help: "DIDs that the crawl's pass under way, or the last one, has read.", registers });
  const passLeft = new Gauge({ name: 'dipper_sync_pass_dids_left', help: 'DIDs that it knows it has yet to read.', registers });
  const passSeconds = new Gauge({ name: 'dipper_sync_pass_seconds', help: 'Time of the last whole pass of the crawl, in seconds; NaN before.', registers });
  passSeconds.set(NaN);
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
    snapshot(written, expected) {
      snapshotRows.set(written);
      snapshotExpected.set(expected);
    },
    requested(status) { requests.inc({ result: status === undefined || status === 429 || status >= 500 ? 'failed' : 'answered' }); },
    askedAgain() { again.inc(); },
    pass(read, left) {
      passRead.set(read);
      passLeft.set(left);
    },
    passed(seconds) { passSeconds.set(seconds); },
    setAside(count) { aside.set(count); },
    brokeOff() { restarts.inc(); },
  };
}
