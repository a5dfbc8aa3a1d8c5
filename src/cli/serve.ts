import { once } from 'node:events';
import { Command } from 'commander';
import { createApp } from '../app.js';
import { run } from './run.js';

export const serveCommand = (): Command => new Command('serve').description('answer GraphQL over HTTP').action(() => run('serve', async (config, signal) => {
  const app = await createApp(config);
  try {
    const address = await app.start();
    process.stdout.write(`dipper serve: ${address}\n`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await app.stop();
  }
}));
