import { once } from 'node:events';
import { Command } from 'commander';
import { startWatchdog } from '../daemons/watchdog.js';
import { run } from './run.js';

export const serveCommand = (): Command => new Command('serve').description('answer GraphQL over HTTP').action(() => run('serve', async (config, signal) => {
  // Loaded only here: the commands that need no GraphQL begin a second sooner.
  const { createApp } = await import('../app.js');
  const app = await createApp(config);
  const stopWatchdog = startWatchdog(config.watchdogSeconds);
  try {
    const address = await app.start();
    process.stdout.write(`dipper serve: ${address}\n`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await app.stop();
    stopWatchdog();
  }
}));
