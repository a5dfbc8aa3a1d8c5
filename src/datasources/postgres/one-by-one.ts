import type pg from 'pg';

type Query = (...args: unknown[]) => Promise<unknown>;

/** Lets many ask on one connection: each query that is awaited goes out when the one before has been answered. */
export function oneByOne(client: pg.Client): pg.Client {
  const query = client.query.bind(client) as unknown as Query;
  let last: Promise<unknown> = Promise.resolve();
  const queued: Query = (...args) => {
    const turn = last.then(() => query(...args));
    last = turn.catch(() => undefined);
    return turn;
  };
  client.query = queued as unknown as typeof client.query;
  return client;
}
