import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { repository } from '../../dev/repository.js';
import { scratchDatabase } from './scratch-database.js';
import type { TestStack } from './stack.js';

/** A database with Rucio's own tables and its root account, and nothing else; the tables may be harmed. */
export interface ScratchRucio {
  /** As the tables' owner. */
  readonly client: pg.Client;
  /** As the role that follows Rucio. */
  readonly syncUrl: string;
  readonly slot: string;
  dropSlot(): Promise<void>;
  /** With the slot; nothing may follow it any more. */
  drop(): Promise<void>;
}

/** Rucio makes the tables itself; that takes some seconds. */
export async function scratchRucio(stack: TestStack): Promise<ScratchRucio> {
  const scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
  const folder = mkdtempSync(path.join(tmpdir(), 'dipper-rucio-'));
  const etc = path.dirname(stack.env['RUCIO_CONFIG']!);
  const config = path.join(folder, 'rucio.cfg');
  for (const name of ['rucio.cfg', 'alembic.ini']) {
    const text = readFileSync(path.join(etc, name), 'utf8').replaceAll(/postgresql\+psycopg:\S+/g, scratch.url.replace(/^postgres(ql)?:/, 'postgresql+psycopg:').replaceAll('%', '%%'));
    writeFileSync(path.join(folder, name), text.replaceAll(path.join(etc, 'alembic.ini'), path.join(folder, 'alembic.ini')), { mode: 0o600 });
  }
  const client = new pg.Client({ connectionString: scratch.url, options: '-c timezone=UTC' });
  try {
    await promisify(execFile)('python3', [path.join(repository, 'dev', 'rucio', 'bootstrap.py')], { env: { ...process.env, ...stack.env, RUCIO_CONFIG: config }, timeout: 120_000 });
    await client.connect();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const syncUrl = new URL(stack.env['RUCIO_DATABASE_URL']!);
  syncUrl.pathname = new URL(scratch.url).pathname;
  const role = client.escapeIdentifier(decodeURIComponent(syncUrl.username));
  const followed = ['dids', 'did_meta', 'replicas', 'contents', 'rules', 'rses', 'rse_attr_map', 'rse_protocols', 'rse_usage'].map((table) => `rucio.${table}`);
  await client.query(`grant usage on schema rucio to ${role}; grant select on all tables in schema rucio to ${role}; create publication dipper for table ${followed.join(', ')}`);
  const slot = syncUrl.pathname.slice(1);
  const dropSlot = async () => {
    const follower = new pg.Client({ connectionString: syncUrl.href });
    await follower.connect();
    await follower.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [slot]).finally(() => follower.end());
  };
  return {
    client, slot, syncUrl: syncUrl.href, dropSlot,
    async drop() {
      await dropSlot();
      await client.end();
      await scratch.drop();
    },
  };
}
