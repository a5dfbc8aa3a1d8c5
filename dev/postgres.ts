import { chmodSync, chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { type Home, type Secrets, writeWhole } from './home.js';
import { canEnter, type OsUser, serviceUser } from './os-user.js';
import { findPostgres } from './postgres-binaries.js';
import { run, service, type Service } from './processes.js';
import { StackFailure } from './stack-failure.js';

/** A server on which this stack may make databases and roles. */
export interface PostgresServer {
  /** URL of a role that may make databases and roles, for the database given. */
  url(database: string, role?: { name: string; password: string }): string;
  /** The server's own database, to connect to first. */
  readonly maintenance: string;
  /** Put behind names on a server that others use too. */
  readonly suffix: string;
  /** Undefined for a server that was there before. */
  readonly service: Service | undefined;
  readonly label: string;
}

/** Marks the URLs that `dev:env` exports: a later command in such a shell must not take the demo's server for one of its own. */
export const DEV_ENV_MARK = 'dipper-dev-env';

const SETTINGS = [
  'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'wal_level=logical', 'max_replication_slots=16', 'max_wal_senders=16',
  'max_connections=200', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_wal_size=1GB', 'timezone=UTC',
];

const OUTSIDE = '/var/lib/dipper-dev';

/** Where Postgres keeps its data: in the home, or, where root's service user cannot enter that, under /var/lib. */
export function dataFolder(home: Home, user: OsUser | undefined): string {
  return path.join(canEnter(user, home.root) ? home.root : path.join(OUTSIDE, home.id), 'postgres');
}

/** The folder above the data, which the service user must be able to enter whatever our umask says. */
function makeReachable(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (folder.startsWith(OUTSIDE)) for (const part of [OUTSIDE, folder]) chmodSync(part, 0o755);
}

async function initialise(home: Home, user: OsUser | undefined, bin: string, data: string, password: string, signal: AbortSignal): Promise<void> {
  if (existsSync(path.join(data, 'initialised'))) return;
  rmSync(data, { recursive: true, force: true }); // an earlier initdb was interrupted
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const passwordFile = `${data}.password`;
  writeWhole(passwordFile, `${password}\n`, 0o600);
  if (user) for (const file of [data, passwordFile]) chownSync(file, user.uid, user.gid);
  try {
    await run(home, {
      name: 'initdb', command: path.join(bin, 'initdb'), user, signal, failure: 'Postgres could not make its data folder.',
      args: ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '--no-sync'],
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  writeWhole(path.join(data, 'initialised'), '');
}

async function isReady(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function withDatabase(base: string, database: string, role?: { name: string; password: string }): string {
  const url = new URL(base);
  url.pathname = `/${database}`;
  if (role) Object.assign(url, { username: role.name, password: role.password });
  return url.href;
}

async function foreignServer(home: Home, url: string): Promise<PostgresServer> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ wal: string; able: boolean }>(
      `select current_setting('wal_level') wal, rolsuper or (rolcreatedb and rolcreaterole and rolreplication and current_setting('server_version_num')::int >= 160000) able from pg_roles where rolname = current_user`);
    if (rows[0]?.wal !== 'logical') throw new StackFailure(`The Postgres of DATABASE_URL has wal_level=${rows[0]?.wal}: set wal_level=logical there and restart it, or unset DATABASE_URL.`);
    if (!rows[0].able) throw new StackFailure('The role of DATABASE_URL may not make databases, roles and replication users: give it SUPERUSER, or unset DATABASE_URL.');
  } catch (cause) {
    if (cause instanceof StackFailure) throw cause;
    throw new StackFailure(`The Postgres of DATABASE_URL does not answer (${(cause as Error).message}): start it, or unset DATABASE_URL.`, undefined, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
  return { url: (database, role) => withDatabase(url, database, role), maintenance: new URL(url).pathname.slice(1) || 'postgres', suffix: `_${home.id}`, service: undefined, label: 'the Postgres of DATABASE_URL' };
}

/** Starts this home's Postgres, or takes the server of DATABASE_URL. Started but not yet holding Rucio's databases. */
export async function startPostgres(options: {
  home: Home; secrets: Secrets; port: number; signal: AbortSignal; say: (text: string) => void; onExit: (failure: StackFailure) => void; register: (service: Service) => void;
  /** Beyond those of the dev stack, or instead of them. */
  settings?: readonly string[];
}): Promise<PostgresServer> {
  const { home, secrets, port, signal, say, onExit, register, settings = [] } = options;
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '' && !given.includes(DEV_ENV_MARK)) return foreignServer(home, given);

  const user = serviceUser();
  const data = dataFolder(home, user);
  makeReachable(path.dirname(data));
  const { folder: bin, label } = findPostgres(user, path.dirname(data));
  say(path.dirname(data) === home.root ? label : `${label}; its data is in ${data}, as the user ${user?.name} cannot enter ${home.root}`);
  await initialise(home, user, bin, data, secrets.postgres, signal);
  const url = `postgresql://postgres:${secrets.postgres}@127.0.0.1:${port}/postgres`;
  const server = service(home, {
    name: 'postgres', command: path.join(bin, 'postgres'), user, stopWith: 'SIGINT', onExit,
    args: ['-D', data, '-p', String(port), ...[...SETTINGS, ...settings].flatMap((setting) => ['-c', setting])],
    isReady: () => isReady(url), readySeconds: 60,
  });
  register(server);
  await server.start(signal);
  return { url: (database, role) => withDatabase(url, database, role), maintenance: 'postgres', suffix: '', service: server, label };
}
