import pg from 'pg';

/** A connection for statements that may take long. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'dipper bench' });
  client.on('error', () => undefined); // the statement under way tells
  await client.connect();
  await client.query(`set synchronous_commit = off; set jit = off; set timezone = 'UTC'`);
  return client;
}

/** The same server's other database. */
export function withDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}
