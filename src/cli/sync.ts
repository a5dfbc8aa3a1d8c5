import { Command } from 'commander';
import { pino, type Logger } from 'pino';
import type { Config } from '../config.js';
import { createSyncMetrics, type SyncRegistry } from '../daemons/sync-metrics.js';
import { openSyncServer } from '../daemons/sync-server.js';
import { runSync } from '../daemons/sync.js';
import { restSource } from '../services/crawl/rest-source.js';
import { replicationSource } from '../services/sync/replication-source.js';
import { run } from './run.js';

export const syncCommand = (): Command => new Command('sync')
  .description("keep the mirror equal to Rucio, by its database or its REST interface")
  .option('--once', 'catch up with Rucio as it is now, then end')
  .action(({ once }: { once?: boolean }) => run('sync', async (config, signal) => {
    const { mirrorUrl, rucio, follow, crawl, fields, logLevel } = config;
    const source = crawl ? restSource({ rucio, ...crawl }) : replicationSource(follow!);
    const log = pino({ level: logLevel });
    const told = await tellMetrics(config, log);
    try {
      await runSync({ mirrorUrl, source, fields, log, metrics: told?.metrics, signal, once });
    } finally {
      await told?.close();
    }
  }));

/** Metrics for Prometheus, where the settings name a port. */
async function tellMetrics({ host, metricsPort: port, fields }: Config, log: Logger): Promise<{ metrics: SyncRegistry; close(): Promise<void> } | undefined> {
  if (port === undefined) return undefined;
  const metrics = createSyncMetrics(fields);
  const server = await openSyncServer({ host, port }, metrics.registry);
  log.info({ url: server.url }, 'metrics');
  return { metrics, close: server.close };
}
