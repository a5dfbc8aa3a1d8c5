import type pg from 'pg';
import { SCHEMA } from '../../datasources/rucio-db/source-table.js';
import type { SyncLog } from './sync-log.js';
import type { SyncMetrics } from './sync-metrics.js';

const EVERY_MS = 2_000;

/** Says how far a snapshot has come: rows, rate, and the time that reading the rest will take. */
export class SnapshotReport {
  private readonly started = performance.now();
  private before: { readonly rows: number; readonly files: number } | undefined;
  private said = 0;

  private constructor(private readonly expected: number, private readonly log: SyncLog, private readonly metrics: SyncMetrics | undefined) {}

  /** How many rows there are is Postgres's own estimate. */
  static async open(source: pg.ClientBase, log: SyncLog, metrics: SyncMetrics | undefined): Promise<SnapshotReport> {
    const answer = await source.query<{ rows: string }>(
      `select coalesce(sum(greatest(reltuples, 0)), 0)::bigint::text as rows from pg_class where oid in (select to_regclass($1 || '.' || name) from unnest($2::text[]) name)`,
      [SCHEMA, ['dids', 'replicas', 'contents', 'rules']]);
    return new SnapshotReport(Number(answer.rows[0]!.rows), log, metrics);
  }

  rows({ rows, files }: { rows: string; files: string }): void {
    const now = performance.now();
    this.metrics?.snapshot(Number(rows), this.expected);
    this.before ??= { rows: Number(rows), files: Number(files) }; // read by an earlier try
    if (now - this.said < EVERY_MS) return;
    this.said = now;
    const rowsPerSecond = Math.round((Number(rows) - this.before.rows) / Math.max(0.001, (now - this.started) / 1000));
    const left = Math.max(0, this.expected - Number(rows));
    this.log.info({ rows: Number(rows), expected: this.expected, rowsPerSecond, secondsLeft: rowsPerSecond ? Math.round(left / rowsPerSecond) : null }, 'snapshot: reading');
  }

  indexed(left: number): void {
    if (left % 5 === 0) this.log.info({ indexesLeft: left, seconds: this.seconds }, 'snapshot: indexing');
  }

  done({ rows, files }: { rows: string; files: string }): void {
    const read = Number(files) - (this.before?.files ?? 0);
    this.log.info({ rows: Number(rows), files: read, seconds: this.seconds, filesPerSecond: Math.round(read / Math.max(0.001, this.seconds)) }, 'snapshot: done');
  }

  private get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }
}
