import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createApp } from '../src/app.js';
import { readConfig } from '../src/config.js';
import { createMirrorPool, type MirrorPool } from '../src/datasources/mirror/pool.js';
import { AUDIENCE, testIssuer } from '../test/support/test-issuer.js';
import { GROUP, policy, SECRET } from './viewer.js';

// dipper as `dipper serve` runs it: each request brings a token, and its viewer may not see everything. Started by the bench with an IPC channel,
// which it tells its address and the token. With BENCH_STATEMENTS, each statement is also told to the bench.

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

/** Longest life that a token may have: the bench may take as long. */
const LIFETIME_SECONDS = 6 * 3600;

const issuer = await testIssuer();
await issuer.rotate('RS256'); // what Indigo IAM signs with
const iat = Math.floor(Date.now() / 1000);
const token = await issuer.sign({ 'wlcg.groups': [GROUP], iat, exp: iat + LIFETIME_SECONDS });
const folder = mkdtempSync(path.join(tmpdir(), 'dipper-bench-'));
const access = path.join(folder, 'access.yaml');
writeFileSync(access, JSON.stringify({ tokens: { audience: [AUDIENCE], issuers: [{ issuer: issuer.issuer }] }, policy })); // JSON is YAML, too
const config = { ...readConfig('serve', { ...process.env, DIPPER_AUTH: 'access', DIPPER_ACCESS: access }), secret: SECRET };
rmSync(folder, { recursive: true });
const pool = createMirrorPool({ url: config.mirrorUrl, size: config.poolSize, timeoutSeconds: config.limits.timeoutSeconds, onError: (error) => { console.error(error); } });
const app = await createApp(config, { pool: seen(pool) });
process.send?.({ ready: `${await app.start()}/graphql`.replace('//graphql', '/graphql'), token });
process.on('message', (message) => { process.send?.((message as { key?: true }).key ? { key: cursorKey() } : { echo: message }); }); // what was told before has arrived by then
await once(process, 'disconnect');
await app.stop();
await issuer.close();
