import { once } from 'node:events';
import { createApp } from '../src/app.js';
import { openPolicy } from '../src/auth/open-policy.js';
import { readConfig } from '../src/config.js';
import { createMirrorPool, type MirrorPool } from '../src/datasources/mirror/pool.js';
import { SECRET, sight } from './sight.js';

// dipper as `dipper serve` runs it, with a viewer who may not see everything. Started by the bench with an IPC channel.
// With BENCH_STATEMENTS, each statement is also told to the bench.

const telling = Boolean(process.env['BENCH_STATEMENTS']);
let values: readonly unknown[] = [];

const seen = (pool: MirrorPool): MirrorPool => ({ ...pool, row(statement, signal) {
  values = statement.values;
  if (telling) process.send?.(statement);
  return pool.row(statement, signal);
} });

/** What signs the cursors of the last statement: it is bound in it, padded to the block of HMAC's outer hash. */
function cursorKey(): string {
  const outer = values.find((value): value is string => typeof value === 'string' && /^\\x[0-9a-f]{128}$/.test(value) && value.endsWith('5c'.repeat(32)));
  return Buffer.from(Buffer.from(outer!.slice(2, 66), 'hex').map((byte) => byte ^ 0x5c)).toString('hex');
}

const config = { ...readConfig('serve'), secret: SECRET };
const pool = createMirrorPool({ url: config.mirrorUrl, size: config.poolSize, timeoutSeconds: config.limits.timeoutSeconds, onError: (error) => { console.error(error); } });
const app = await createApp(config, { policy: openPolicy(sight), pool: seen(pool) });
process.send?.({ ready: `${await app.start()}/graphql`.replace('//graphql', '/graphql') });
process.on('message', (message) => { process.send?.((message as { key?: true }).key ? { key: cursorKey() } : { echo: message }); }); // what was told before has arrived by then
await once(process, 'disconnect');
await app.stop();
