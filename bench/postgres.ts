import { cpus, totalmem } from 'node:os';
import pg from 'pg';
import { openHome, openSecrets, readJson, writeWhole } from '../dev/home.js';
import { freePort } from '../dev/ports.js';
import { startPostgres } from '../dev/postgres.js';
import { StackFailure } from '../dev/stack-failure.js';

const GiB = 1024 ** 3;

/** Settings of a server that has the machine's memory for itself. `minimal`: nothing follows this one. */
function settings(): string[] {
  const roomy = totalmem() >= 16 * GiB;
  return [
    'wal_level=minimal', 'max_wal_senders=0', 'max_replication_slots=0', 'max_wal_size=8GB', 'work_mem=32MB', 'max_connections=100',
    `shared_buffers=${roomy ? '4GB' : '1GB'}`, `effective_cache_size=${roomy ? '12GB' : '2GB'}`, `maintenance_work_mem=${roomy ? '2GB' : '512MB'}`,
    `max_parallel_maintenance_workers=${Math.min(2, cpus().length)}`, 'autovacuum=off', // the tables do not change, and a vacuum would disturb the figures
  ];
}

export interface BenchPostgres {
  /** URL of the database for a mirror of so many files; made if it is not there. */
  database(files: number): Promise<string>;
  stop(): Promise<void>;
}

async function connected<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function withDatabase(base: string, name: string): string {
  const url = new URL(base);
  url.pathname = `/${name}`;
  return url.href;
}

/** The bench's own Postgres: the one that another `bench` command keeps running, or one that ends with `stop`. */
export async function openPostgres(folder: string, { report, signal }: { report: (text: string) => void; signal: AbortSignal }): Promise<BenchPostgres> {
  const home = openHome(folder, folder);
  const file = home.file('postgres.json');
  const kept = (readJson(file) ?? {}) as { url?: string; port?: number };
  let stop = async () => {};
  let url = kept.url;
  if (url === undefined || !await connected(url, async () => true).catch(() => false)) {
    const port = kept.port ?? await freePort();
    const server = await startPostgres({
      home, secrets: openSecrets(home), port, signal, settings: settings(), say: report, register: () => undefined, onExit: (failure) => { report(failure.message); },
    });
    if (!server.service) throw new StackFailure('The bench measures a Postgres of its own: unset DATABASE_URL.');
    const { service } = server;
    stop = () => service.stop();
    url = server.url(server.maintenance);
    writeWhole(file, `${JSON.stringify({ url, port }, null, 2)}\n`, 0o600);
  }
  const base = url;
  return {
    stop,
    async database(files) {
      const name = `bench_${files}`;
      await connected(base, async (client) => {
        const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
        if (!rowCount) await client.query(`create database "${name}"`);
      });
      return withDatabase(base, name);
    },
  };
}
