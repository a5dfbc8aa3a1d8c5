import type pg from 'pg';
import { machine } from '../machine.js';
import type { BacklogResult, LostSlotResult } from './backlog.js';
import type { ReplayResult } from './replays.js';
import type { SnapshotResult } from './snapshot.js';
import type { LagResult, RateResult } from './stream.js';

export interface SyncResults {
  readonly snapshot: SnapshotResult;
  readonly rows: Readonly<Record<string, number>>;
  readonly lag: LagResult;
  readonly rates: readonly RateResult[];
  readonly replays: ReplayResult;
  readonly backlog: BacklogResult;
  readonly lost: LostSlotResult;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const MB = (bytes: number) => `${whole(bytes / 1e6)} MB`;

function snapshotSection({ files, seconds, migrateSeconds, cpu, peak }: SnapshotResult, rows: SyncResults['rows']): string {
  return `## Snapshot

\`dipper migrate\` and \`dipper sync --once\` on an empty database, until the mirror serves with all indexes and keys. Then the digests of both sides were the same:
${Object.entries(rows).map(([kind, count]) => `${whole(count)} ${kind}`).join(', ')}.

| files | seconds | of these migrate | **files/s** | CPU s: dipper | Rucio's Postgres | mirror's Postgres | most memory of sync |
|---|---|---|---|---|---|---|---|
| ${whole(files)} | ${seconds.toFixed(1)} | ${migrateSeconds.toFixed(1)} | **${whole(files / seconds)}** | ${cpu.sync.toFixed(0)} | ${cpu.source.toFixed(0)} | ${cpu.mirror.toFixed(0)} | ${peak.toFixed(0)} MiB |
`;
}

/** The part of sync in bench/results.md. */
export async function syncResults(source: pg.ClientBase, { snapshot, rows, lag, rates, replays, backlog, lost }: SyncResults): Promise<string> {
  const { rows: [server] } = await source.query<{ version: string }>(`select current_setting('server_version') as version`);
  return `# Sync

${machine()}, Postgres ${server!.version}: one server for Rucio's
database and one for the mirror, with fsync off. Rucio's own tables, filled by SQL: ${whole(snapshot.files)} files with two copies and 10 or 14 metadata keys each.
The writer and both servers run on the same processors as sync. Made by \`npm run bench -- --sync\`.

${snapshotSection(snapshot, rows)}
## Lag

${whole(lag.perSecond)} transactions a second for ${whole(lag.marks * 5 / 100)} s: metadata, states of copies, new files. From just before the commit is sent to Rucio's database until a
reader of the mirror sees it, which looks every 4 ms; ${whole(lag.marks)} of them were looked for.

| p50 ms | p95 ms | **p99 ms** | longest ms |
|---|---|---|---|
| ${lag.p50.toFixed(0)} | ${lag.p95.toFixed(0)} | **${lag.p99.toFixed(0)}** | ${lag.max.toFixed(0)} |

## Rate

Changed rows a second for 30 s, in transactions as Rucio makes them, two rows each on the average. Metadata that Rucio empties and then writes count once. The lag is
that of the last third of the time.

| offered | written | lag p50 ms | all there after, s | CPU ms a thousand rows: sync | Rucio's walsender | mirror's backends |
|---|---|---|---|---|---|---|
${rates.map((one) => `| ${whole(one.offered)} | ${whole(one.perSecond)} | ${whole(one.lag)} | ${one.drainSeconds.toFixed(1)} | ${one.cpu.sync.toFixed(0)} | ${one.cpu.walsender.toFixed(0)} | ${one.cpu.mirror.toFixed(0)} |`).join('\n')}

## Replays, backlog, a lost slot

| | |
|---|---|
| ${whole(replays.rows)} rows written again as they are | no row of the mirror is written or locked; ${replays.walBytesARow.toFixed(0)} bytes of log a row beyond an idle time |
| ${whole(backlog.rows)} rows changed while sync is stopped | the source keeps ${MB(backlog.bytes)}; ${backlog.reported === null ? 'nothing is reported' : `${MB(backlog.reported)} are reported`}; all there ${backlog.seconds.toFixed(1)} s after sync starts (${whole(backlog.rows / backlog.seconds)} rows/s) |
| the slot loses its log (\`max_slot_wal_keep_size\`) | a new snapshot of ${whole(lost.files)} files over the old mirror, whole again after ${lost.seconds.toFixed(1)} s (${whole(lost.files / lost.seconds)} files/s); sync holds ${lost.peak.toFixed(0)} MiB at most |
`;
}
