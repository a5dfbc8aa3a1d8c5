import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { dumpSchema } from '../../src/datasources/mirror/dump-schema.js';
import { postgresCpu } from '../cpu.js';
import { connect } from '../mirror/connect.js';
import { startDipper } from './process.js';
import type { Servers } from './servers.js';

export interface SnapshotResult {
  readonly files: number;
  /** From the start of `dipper migrate` to a mirror that serves. */
  readonly seconds: number;
  readonly migrateSeconds: number;
  /** On-CPU seconds, those of the servers with all their processes. */
  readonly cpu: { readonly sync: number; readonly source: number; readonly mirror: number };
  readonly peak: number;
}

export interface SyncTarget {
  readonly servers: Servers;
  readonly files: number;
  readonly mirrorUrl: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  readonly signal: AbortSignal;
}

/** Waits until the mirror streams. */
export async function serves(mirror: pg.ClientBase, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await mirror.query<{ state: string }>('select state from mirror.source');
    if (rows[0]?.state === 'STREAMING') return;
    await sleep(20);
  }
}

async function schemaOf(url: string): Promise<string> {
  const client = await connect(url);
  try {
    return await dumpSchema(client);
  } finally {
    await client.end();
  }
}

/** Runs `dipper migrate` and `dipper sync --once` on an empty database. */
export async function measureSnapshot({ servers, files, mirrorUrl, env, log, signal }: SyncTarget): Promise<SnapshotResult> {
  const cpuOf = (server: Servers['source']) => postgresCpu(server.service!.pid!) / 1000;
  const before = { source: cpuOf(servers.source), mirror: cpuOf(servers.mirror) };
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const migrate = startDipper(['migrate'], env, log);
  if (await migrate.ended !== 0) throw new Error(`dipper migrate failed: ${log}`);
  const migrateSeconds = seconds();
  const schema = await schemaOf(mirrorUrl);
  const looking = performance.now();
  const mirror = await connect(mirrorUrl);
  const sync = startDipper(['sync', '--once'], env, log);
  try {
    const unseen = (looking - start) / 1000 - migrateSeconds; // our own look at the schema is none of dipper's time
    const failed = sync.ended.then((code) => { if (code !== 0) throw new Error(`dipper sync failed: ${log}`); });
    failed.catch(() => undefined);
    await Promise.race([serves(mirror, signal), failed.then(() => serves(mirror, signal))]);
    const taken = seconds() - unseen;
    await failed;
    if (await schemaOf(mirrorUrl) !== schema) throw new Error('The mirror serves without all of its indexes and keys.');
    return { files, seconds: taken, migrateSeconds, peak: sync.peak(), cpu: { sync: migrate.cpu() + sync.cpu(), source: cpuOf(servers.source) - before.source, mirror: cpuOf(servers.mirror) - before.mirror } };
  } finally {
    await sync.stop();
    await mirror.end();
  }
}
