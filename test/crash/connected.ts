import pg from 'pg';

/** A connection in UTC that does not end the process when it breaks. */
export async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC', connectionTimeoutMillis: 10_000, query_timeout: 60_000, application_name: 'crash run' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
