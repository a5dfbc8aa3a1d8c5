import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { publish } from '../../dev/databases.js';
import { openPython } from '../../dev/python.js';
import { repository } from '../../dev/repository.js';
import { bootstrapRucio, configureRucio } from '../../dev/rucio.js';
import { connect, withDatabase } from '../mirror/connect.js';
import type { Server } from './servers.js';

const FILES_A_BATCH = 50_000;

export interface CatalogueOptions { readonly files: number; readonly report: (text: string) => void; readonly signal: AbortSignal }

/** URLs of a database of Rucio that may be changed. */
export interface Catalogue {
  /** As the server's superuser. */
  readonly url: string;
  /** As the role of `dipper sync`. */
  readonly syncUrl: string;
}

const part = (name: string) => readFileSync(path.join(repository, 'bench', 'sync', name), 'utf8');

async function withServer<T>(server: Server, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(server.url(server.maintenance));
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Rucio's own tables, made by Rucio. */
async function bootstrap(server: Server, name: string, { report, signal }: CatalogueOptions): Promise<void> {
  const { home, secrets } = server;
  const databases = { ...server.databases, rucio: name, rucioUrl: withDatabase(server.databases.rucioUrl, name), syncUrl: withDatabase(server.databases.syncUrl, name) };
  report("Rucio makes its tables; where it is not installed yet, that takes some minutes more.");
  const python = await openPython(home, signal, () => undefined);
  const rucio = configureRucio({ home, python, secrets, databases, port: 9, cachePort: 9, onExit: (failure) => { report(failure.message); } });
  await bootstrapRucio(home, python, rucio, signal);
  await publish(server, databases);
}

/** Fills Rucio's tables, two writers at a time. Nothing is left to chance: all follows from a file's number. */
async function fill(url: string, { files, report, signal }: CatalogueOptions): Promise<void> {
  const start = performance.now();
  const tell = (what: string) => { report(`${what}, ${((performance.now() - start) / 1000).toFixed(0)} s`); };
  const write = async (steps: AsyncIterable<readonly [string, string]> | Iterable<readonly [string, string]>) => {
    const client = await connect(url);
    try {
      await client.query('set session_replication_role = replica; set search_path = rucio, bench'); // foreign keys hold by themselves
      for await (const [what, sql] of steps) {
        signal.throwIfAborted();
        await client.query(sql);
        tell(what);
      }
    } finally {
      await client.end();
    }
  };
  const batches = function* (what: string, file: string) {
    const sql = part(file);
    for (let first = 1; first <= files; first += FILES_A_BATCH) {
      const last = Math.min(first + FILES_A_BATCH - 1, files);
      yield [`${what} of ${last} files`, sql.replaceAll(/(?<!:):first\b/g, String(first)).replaceAll(/(?<!:):last\b/g, String(last))] as const;
    }
  };
  await write([['What files are made from', part('archive.sql').replaceAll(/(?<!:):files\b/g, String(files))]]);
  await Promise.all([write(batches('DIDs', 'dids.sql')), write(batches('Replicas', 'replicas.sql'))]);
  await write([['Collections', part('collections.sql')], ['Statistics', 'vacuum (freeze, analyze)']]);
}

/**
 * A catalogue of so many files in Rucio's own tables, written straight into its database: kept from an earlier run, as a database
 * `catalogue_<files>` that is never changed, and copied to `rucio_<files>` for use.
 */
export async function openCatalogue(server: Server, options: CatalogueOptions): Promise<Catalogue> {
  const { files, report } = options;
  const kept = `catalogue_${files}`;
  const name = `rucio_${files}`;
  const digest = createHash('sha256').update(['archive.sql', 'dids.sql', 'replicas.sql', 'collections.sql'].map(part).join('\0')).digest('hex');
  await withServer(server, async (client) => {
    const { rows } = await client.query<{ digest: string | null }>(`select shobj_description(oid, 'pg_database') as digest from pg_database where datname = $1`, [kept]);
    if (rows[0]?.digest !== digest) {
      await client.query(`drop database if exists "${kept}" with (force)`);
      await client.query(`create database "${kept}" owner "${server.databases.rucio}" encoding 'UTF8' template template0`);
      await bootstrap(server, kept, options);
      await fill(server.url(kept), options);
      await client.query(`comment on database "${kept}" is '${digest}'`);
    }
    report(`The catalogue of ${files} files is copied.`);
    await client.query('select pg_terminate_backend(active_pid) from pg_replication_slots where database = $1 and active', [name]);
    await client.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1', [name]);
    await client.query(`drop database if exists "${name}" with (force)`);
    await client.query(`create database "${name}" owner "${server.databases.rucio}" template "${kept}" strategy file_copy`);
  });
  return { url: server.url(name), syncUrl: withDatabase(server.databases.syncUrl, name) };
}
