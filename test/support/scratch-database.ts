import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface ScratchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** An empty database of its own on the server that the URL names. */
export async function scratchDatabase(serverUrl: string): Promise<ScratchDatabase> {
  const name = `dipper_test_${randomBytes(6).toString('hex')}`;
  const admin = async (...statements: string[]) => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    try {
      for (const sql of statements) await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await admin(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  // Not `with (force)`: that is refused to a plain role while autovacuum is in the database, which the plain form ends by itself.
  const leave = `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}' and usename = current_user`;
  return { url: url.href, drop: () => admin(leave, `drop database ${name}`) };
}
