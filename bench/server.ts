import { once } from 'node:events';
import { createApp } from '../src/app.js';
import { openPolicy } from '../src/auth/open-policy.js';
import { readConfig } from '../src/config.js';
import { createMirrorPool, type MirrorPool } from '../src/datasources/mirror/pool.js';
import { SECRET, sight } from './sight.js';

// dipper as `dipper serve` runs it, with a viewer who may not see everything. Started by the bench with an IPC channel.
// With BENCH_STATEMENTS, each statement is also told to the bench.

function telling(pool: MirrorPool): MirrorPool {
  return { ...pool, row(statement, signal) {
    process.send?.(statement);
    return pool.row(statement, signal);
  } };
}

const config = { ...readConfig('serve'), secret: SECRET };
const pool = createMirrorPool({ url: config.mirrorUrl, size: config.poolSize, timeoutSeconds: config.limits.timeoutSeconds, onError: (error) => { console.error(error); } });
const app = await createApp(config, { policy: openPolicy(sight), ...(process.env['BENCH_STATEMENTS'] ? { pool: telling(pool) } : { pool }) });
process.send?.({ ready: `${await app.start()}/graphql`.replace('//graphql', '/graphql') });
process.on('message', (message) => { process.send?.({ echo: message }); }); // what was told before has arrived by then
await once(process, 'disconnect');
await app.stop();
