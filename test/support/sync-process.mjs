// Runs sync as a process of its own, straight from the sources, so that a test can kill it. Options come as JSON in the first argument.
import { readFileSync } from 'node:fs';
import { runnerImport } from 'vite';
import { parse } from 'yaml';

const options = JSON.parse(process.argv[2]);
const { module } = await runnerImport('./src/daemons/sync.ts', { logLevel: 'silent' });
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const say = (fields, message) => process.stdout.write(`${message} ${JSON.stringify(fields, (_, value) => (value instanceof Error ? value.message : value))}\n`);
await module.runSync({
  ...options,
  fields: parse(readFileSync('config/fields.yaml', 'utf8')),
  log: { info: say, warn: say, error: say },
  signal: stop.signal,
});
