// Runs sync as a process of its own, straight from the sources, so that a test can kill it. Options come as JSON in the first argument.
import { readFileSync } from 'node:fs';
import { runnerImport } from 'vite';
import { parse } from 'yaml';

const { mirrorUrl, replication, rest } = JSON.parse(process.argv[2]);
const { runSync, replicationSource, restSource } = (await runnerImport('./test/support/run-sync.ts', { logLevel: 'silent' })).module;
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const say = (fields, message) => process.stdout.write(`${message} ${JSON.stringify(fields, (_, value) => (value instanceof Error ? value.message : value))}\n`);
await runSync({
  mirrorUrl,
  source: rest ? restSource(rest) : replicationSource(replication),
  fields: parse(readFileSync('config/fields.yaml', 'utf8')),
  log: { info: say, warn: say, error: say },
  signal: stop.signal,
});
