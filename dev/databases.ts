import pg from 'pg';
import type { Secrets } from './home.js';
import type { PostgresServer } from './postgres.js';
import { StackFailure } from './stack-failure.js';

/** Names and URLs of the two databases: Rucio's own, and dipper's mirror. */
export interface Databases {
  readonly rucio: string;
  readonly mirror: string;
  /** As Rucio. */
  readonly rucioUrl: string;
  /** As the role that may follow Rucio's database and read it. */
  readonly syncUrl: string;
  readonly mirrorUrl: string;
  readonly exist: boolean;
}

const FOLLOWED = ['dids', 'did_meta', 'replicas', 'contents', 'rules', 'rses', 'rse_attr_map', 'rse_protocols', 'rse_usage', 'bad_replicas', 'locks'];

async function connected<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, statement_timeout: 60_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } catch (cause) {
    throw new StackFailure(`Postgres refused to set up the databases: ${(cause as Error).message}.`, undefined, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
}

const roles = (server: PostgresServer) => ({ rucio: `rucio${server.suffix}`, sync: `dipper_sync${server.suffix}`, mirror: `dipper${server.suffix}` });

/** Makes or renews the three roles and says where the databases are; makes no database. The mirror's owner may: tests make mirrors of their own. */
export async function openDatabases(server: PostgresServer, secrets: Secrets): Promise<Databases> {
  const names = roles(server);
  const { rucio, mirror } = names;
  const exist = await connected(server.url(server.maintenance), async (client) => {
    for (const [name, password, more] of [[names.rucio, secrets.rucio, ''], [names.sync, secrets.sync, 'replication'], [names.mirror, secrets.mirror, 'createdb']] as const) {
      const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
      await client.query(`${rowCount ? 'alter' : 'create'} role "${name}" login ${more} password ${client.escapeLiteral(password)}`);
    }
    const { rowCount } = await client.query('select from pg_database where datname in ($1, $2)', [rucio, mirror]);
    return rowCount === 2;
  });
  return {
    rucio, mirror, exist,
    rucioUrl: server.url(rucio, { name: names.rucio, password: secrets.rucio }),
    syncUrl: server.url(rucio, { name: names.sync, password: secrets.sync }),
    mirrorUrl: server.url(mirror, { name: names.mirror, password: secrets.mirror }),
  };
}

/** Drops both databases with all that follows them. */
export async function dropDatabases(server: PostgresServer): Promise<void> {
  const { rucio, mirror } = roles(server);
  await connected(server.url(server.maintenance), async (client) => {
    await client.query('select pg_terminate_backend(active_pid) from pg_replication_slots where database = any($1) and active', [[rucio, mirror]]);
    await client.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = any($1)', [[rucio, mirror]]);
    for (const database of [rucio, mirror]) await client.query(`drop database if exists "${database}" with (force)`);
  });
}

/** Drops both databases, if they are there, and makes them anew. */
export async function recreateDatabases(server: PostgresServer): Promise<void> {
  await dropDatabases(server);
  const { rucio, mirror } = roles(server);
  await connected(server.url(server.maintenance), async (client) => {
    for (const owner of [rucio, mirror]) {
      await client.query(`grant "${owner}" to current_user`).catch(() => undefined); // a server's superuser needs no grant
      await client.query(`create database "${owner}" owner "${owner}" encoding 'UTF8' template template0`);
    }
    await client.query(`alter database "${mirror}" set search_path = mirror, public`); // for people with psql
  });
}

/** Lets `dipper sync` follow Rucio's tables. As Rucio's owner, once they exist. */
export async function publish(server: PostgresServer, { rucioUrl }: Databases): Promise<void> {
  const { sync } = roles(server);
  await connected(rucioUrl, async (client) => {
    await client.query(`grant usage on schema rucio to "${sync}"`);
    await client.query(`grant select on all tables in schema rucio to "${sync}"`);
    const { rowCount } = await client.query(`select from pg_publication where pubname = 'dipper'`);
    if (!rowCount) await client.query(`create publication dipper for table ${FOLLOWED.map((table) => `rucio.${table}`).join(', ')}`);
  });
}

/** For a server that others use too: takes this home's databases and roles away. */
export async function forgetHome(server: PostgresServer): Promise<void> {
  await dropDatabases(server);
  await connected(server.url(server.maintenance), async (client) => {
    for (const name of Object.values(roles(server))) await client.query(`drop role if exists "${name}"`);
  });
}
