import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { type Databases, openDatabases } from '../../dev/databases.js';
import { type Home, openHome, openSecrets, readJson, type Secrets, writeWhole } from '../../dev/home.js';
import { freePort } from '../../dev/ports.js';
import { type PostgresServer, startPostgres } from '../../dev/postgres.js';
import { killStrays, type Service } from '../../dev/processes.js';
import { StackFailure } from '../../dev/stack-failure.js';

const GiB = 1024 ** 3;

/** Settings of a server that has half of the machine; the rest is as in the dev stack. */
function settings(): string[] {
  const roomy = totalmem() >= 16 * GiB;
  return [
    `shared_buffers=${roomy ? '2GB' : '512MB'}`, `effective_cache_size=${roomy ? '6GB' : '1GB'}`, `maintenance_work_mem=${roomy ? '1GB' : '256MB'}`, 'work_mem=32MB',
    'max_wal_size=8GB', 'checkpoint_timeout=15min', `max_parallel_maintenance_workers=${Math.min(2, cpus().length)}`,
  ];
}

export interface Server extends PostgresServer {
  readonly home: Home;
  readonly secrets: Secrets;
  readonly databases: Databases;
}

/** One Postgres for Rucio's database and one for the mirror: each has its own log, so what the one costs is not the other's. */
export interface Servers { readonly source: Server; readonly mirror: Server; stop(): Promise<void> }

async function startServer(folder: string, shared: string, report: (text: string) => void, signal: AbortSignal, services: Service[]): Promise<Server> {
  const home = openHome(folder, shared);
  await killStrays(home);
  const secrets = openSecrets(home);
  const file = home.file('port.json');
  const port = (readJson(file) as { port?: number } | undefined)?.port ?? await freePort();
  writeWhole(file, JSON.stringify({ port }));
  const server = await startPostgres({
    home, secrets, port, signal, settings: settings(), say: report, register: (service) => { services.push(service); }, onExit: (failure) => { report(failure.message); },
  });
  if (!server.service) throw new StackFailure('The bench of sync measures servers of its own: unset DATABASE_URL.');
  return { ...server, home, secrets, databases: await openDatabases(server, secrets) };
}

export async function openServers(folder: string, shared: string, { report, signal }: { report: (text: string) => void; signal: AbortSignal }): Promise<Servers> {
  const services: Service[] = [];
  const stop = async () => { for (const service of [...services].reverse()) await service.stop(); };
  try {
    const source = await startServer(path.join(folder, 'source'), shared, report, signal, services);
    const mirror = await startServer(path.join(folder, 'mirror'), shared, report, signal, services);
    return { source, mirror, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
