import { Command } from 'commander';
import { pino } from 'pino';
import { runSync } from '../daemons/sync.js';
import { replicationSource } from '../services/sync/replication-source.js';
import { run } from './run.js';

export const syncCommand = (): Command => new Command('sync')
  .description("keep the mirror equal to Rucio's database")
  .option('--once', 'catch up with Rucio as it is now, then end')
  .action(({ once }: { once?: boolean }) => run('sync', ({ mirrorUrl, follow, fields, logLevel }, signal) =>
    runSync({ mirrorUrl, source: replicationSource(follow!), fields, log: pino({ level: logLevel }), signal, once })));
