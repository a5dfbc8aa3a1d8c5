import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { readConfig } from '../../src/config.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { writeChanges } from '../../src/datasources/mirror/write-changes.js';
import type { SourceChange } from '../../src/datasources/rucio-db/messages.js';
import { coalesce } from '../../src/services/sync/coalesce.js';
import { syncTables } from '../../src/services/sync/tables.js';

/** Settings of the neutron source. */
export const profileFiles = { DIPPER_FIELDS: 'test/profile/fields.yaml', DIPPER_PROFILE: 'test/profile/profile.yaml' };
const { fields } = readConfig('schema', profileFiles);

type Row = Record<string, string | null>;
const upsert = (table: string, row: Row): SourceChange => ({ table, op: 'upsert', row, unchanged: [] });
const at = '2026-11-23 10:00:00';
const RSES = [
  { id: '11111111-1111-4111-8111-111111111111', name: 'ISIS-DISK', attributes: { lab: 'RAL', town: 'Harwell', secret: 'no' } },
  { id: '22222222-2222-4222-8222-222222222222', name: 'ILL-DISK', attributes: { lab: 'ILL', town: 'Grenoble', lfn2pfn_algorithm: 'isis_scoped' } },
];

function* rseChanges(): Generator<SourceChange> {
  for (const { id, name, attributes } of RSES) {
    yield upsert('rses', { id, rse: name, rse_type: 'DISK', deterministic: 't', availability_read: 't', availability_write: 't', availability_delete: 't', deleted: 'f' });
    for (const [key, value] of Object.entries(attributes)) yield upsert('rse_attr_map', { rse_id: id, key, value });
    yield upsert('rse_protocols', { rse_id: id, scheme: 'http', hostname: 'h.example.org', port: '80', prefix: '/data/', impl: 'rucio.rse.protocols.webdav.Default', extended_attributes: null, read_wan: '1', read_lan: null,
      write_lan: null, delete_lan: null, write_wan: null, delete_wan: null, third_party_copy_read: null, third_party_copy_write: null });
  }
}

function* fileChanges(files: Readonly<Record<string, string>>): Generator<SourceChange> {
  for (const [name, meta] of Object.entries(files)) {
    yield upsert('dids', { scope: 'isis', name, did_type: 'F', account: 'root', is_open: null, bytes: '5', adler32: null, md5: null, created_at: at, updated_at: at });
    yield upsert('did_meta', { scope: 'isis', name, did_type: 'F', meta });
    for (const { id } of RSES) yield upsert('replicas', { rse_id: id, scope: 'isis', name, bytes: '5', adler32: null, state: 'A', path: null, created_at: at, updated_at: at });
  }
}

/** A mirror of the neutron source in an empty database, written as `dipper sync` writes; `files` has the metadata of each name as JSON. */
export async function makeProfileArchive(databaseUrl: string, files: Readonly<Record<string, string>>): Promise<void> {
  await migrate(databaseUrl, fields);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { mirror, source } = syncTables(fields);
    await client.query('begin');
    await writeChanges(client, mirror, coalesce([...rseChanges(), ...fileChanges(files)], source, fields));
    await client.query('commit');
    const aside = await client.query('select * from mirror.set_aside');
    if (aside.rowCount) throw new Error(`Set aside: ${JSON.stringify(aside.rows)}`);
  } finally {
    await client.end();
  }
}

/** `dipper serve` as a process of its own. Gives its address, or throws what it wrote to stderr where it ends at once. */
export async function startServe(env: Readonly<Record<string, string>>): Promise<{ url: string; stop(): Promise<void> }> {
  const child: ChildProcess = spawn(process.execPath, ['dist/src/main.js', 'serve'], { env: { ...process.env, ...env, DIPPER_PORT: '0', DIPPER_LOG_LEVEL: 'silent' }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let complaint = '';
  child.stderr!.on('data', (text: Buffer) => { complaint += text.toString(); });
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /^dipper serve: (\S+)$/.exec(line)?.[1];
    if (url) return { url, async stop() { child.kill('SIGTERM'); await ended; } };
  }
  await ended;
  throw new Error(complaint);
}
