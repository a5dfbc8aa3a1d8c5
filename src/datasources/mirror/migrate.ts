import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { MetadataField } from '../../domain/metadata-field.js';
import { DipperError } from '../../errors.js';
import { packageRoot } from '../../package-root.js';
import { connect, disconnect } from '../postgres/connect.js';
import { applyRegistry, registryIsCurrent } from './registry-columns.js';
import { takeLock } from './leadership.js';

export interface MigrateOptions {
  signal?: AbortSignal | undefined;
  /** Takes one sentence for each step. */
  report?: (text: string) => void;
}

const folder = () => join(packageRoot(), 'migrations');

/** The numbered files, in their order. */
export const migrationNames = (): string[] => readdirSync(folder()).filter((file) => /^\d{4}_.*\.sql$/.test(file)).sort();

/** Runs the numbered files that have not run yet, each in a transaction of its own. */
async function runFiles(client: pg.ClientBase, report: (text: string) => void, signal?: AbortSignal): Promise<void> {
  await client.query('create schema if not exists dipper');
  await client.query('create table if not exists dipper.migration (name text primary key, digest text not null, applied_at timestamptz not null default now())');
  const done = await client.query<{ name: string; digest: string }>('select name, digest from dipper.migration');
  for (const name of migrationNames()) {
    signal?.throwIfAborted();
    const sql = readFileSync(join(folder(), name), 'utf8');
    const digest = createHash('sha256').update(sql).digest('hex');
    const before = done.rows.find((row) => row.name === name);
    if (before && before.digest !== digest) throw new DipperError('INTERNAL', `Migration ${name} was changed after it had run on this database. Migrations go forward only.`);
    if (before) continue;
    report(`Migration ${name} runs.`);
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into dipper.migration (name, digest) values ($1, $2)', [name, digest]);
    await client.query('commit');
  }
}

/** Waits a little for sync to end: the mirror must not be written with an older registry while its columns change. */
async function lead(client: pg.ClientBase, signal?: AbortSignal): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    signal?.throwIfAborted();
    if (await takeLock(client)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new DipperError('CONFLICT', 'The field registry has changed, and `dipper sync` is running: stop it, then run `dipper migrate` again.');
}

/**
 * Brings the mirror's database to this version: runs migrations/*.sql, then makes mirror.file's columns and indexes match the field
 * registry. Safe to run twice and by two at a time. Throws DipperError CONFLICT if sync has to be stopped first.
 */
export async function migrate(databaseUrl: string, fields: readonly MetadataField[], { signal, report = () => undefined }: MigrateOptions = {}): Promise<void> {
  const client = await connect(databaseUrl, { purpose: 'migrate', signal });
  try {
    await client.query(`select pg_advisory_lock(hashtextextended('dipper migrate', 0))`);
    await runFiles(client, report, signal);
    if (await registryIsCurrent(client, fields)) return;
    await lead(client, signal);
    await applyRegistry(client, fields, { signal, report });
  } finally {
    await disconnect(client);
  }
}
