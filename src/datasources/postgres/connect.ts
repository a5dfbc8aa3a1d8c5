import pg from 'pg';
import { ownSettings } from './own-settings.js';

/** What a connection is for. `purpose` shows in pg_stat_activity. */
export interface ConnectOptions {
  purpose: string;
  signal?: AbortSignal | undefined;
  /** Opens a walsender connection. */
  replication?: boolean;
  /** Longest wait for an answer; none where it is left out, for work of any length. */
  answerMs?: number;
}

/**
 * Whatever the server or the role has by itself. A commit that a reader has seen, or that a source has been told of, must outlive a crash
 * of the server; work of any length must end; an open transaction belongs to somebody who waits for something else.
 */
const SETTINGS = ['datestyle=ISO', 'timezone=UTC', 'intervalstyle=postgres', 'extra_float_digits=1', 'jit=off', 'synchronous_commit=on',
  'statement_timeout=0', 'lock_timeout=0', 'idle_in_transaction_session_timeout=0'].map((setting) => `-c ${setting}`).join(' ');

/**
 * One connection to Postgres with plain ISO texts and UTC, outside any pool. It breaks off when the signal aborts.
 * Whoever opens it ends it, with `disconnect`.
 */
export async function connect(url: string, { purpose, signal, replication, answerMs }: ConnectOptions): Promise<pg.Client> {
  signal?.throwIfAborted();
  const config = {
    ...ownSettings(url, purpose, SETTINGS),
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    ...(answerMs ? { query_timeout: answerMs } : {}),
    ...(replication ? { replication: 'database' } : {}),
  };
  const client = new pg.Client(config);
  // Without a listener a lost connection would end the process; the statement that waits fails by itself.
  client.on('error', () => undefined);
  const abort = () => destroy(client);
  signal?.addEventListener('abort', abort, { once: true });
  client.once('end', () => signal?.removeEventListener('abort', abort));
  try {
    await client.connect();
    return client;
  } catch (error) {
    destroy(client);
    signal?.throwIfAborted();
    throw error;
  }
}

/** Whether a statement is under way on the connection, as seen from here. */
export function isWaiting(client: pg.Client): boolean {
  return !(client as unknown as { readyForQuery: boolean }).readyForQuery;
}

/** Bytes that went over the connection so far, both ways. */
export function trafficOf(client: pg.Client): number {
  const { stream } = (client as unknown as { connection: { stream: { bytesRead?: number; bytesWritten?: number } } }).connection;
  return (stream.bytesRead ?? 0) + (stream.bytesWritten ?? 0);
}

/** Ends a connection at once, whatever it is doing. */
export function destroy(client: pg.Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

/** Ends a connection politely, and without politeness after a second. Never throws. */
export async function disconnect(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => destroy(client), 1_000);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}
