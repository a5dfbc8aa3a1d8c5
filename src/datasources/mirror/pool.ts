import pg from 'pg';
import { foreignCursor } from '../../domain/cursor.js';
import { ownSettings } from '../postgres/own-settings.js';
import { TidyClient } from '../postgres/tidy-client.js';
import { DipperError } from '../../errors.js';

export interface MirrorPool {
  /** First row, as an array of columns. Ends in UNAVAILABLE where Postgres cannot be reached, TIMEOUT where it takes too long. */
  row(statement: { text: string; values: readonly unknown[]; name?: string }, signal: AbortSignal): Promise<readonly (string | null)[]>;
  rows<T extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<T[]>;
  end(): Promise<void>;
}

export interface MirrorPoolOptions { readonly url: string; readonly size: number; readonly timeoutSeconds: number; readonly onError: (error: Error) => void }

const CANCEL_AGAIN_MS = 100;
/** A cancelled statement that has not ended by then waits for a Postgres that does not answer. */
const GIVE_UP_MS = 2_000;

/** Connections to the mirror. Times come out in UTC; a statement that outlives its time, or its reader, is cancelled in Postgres. */
export function createMirrorPool({ url, size, timeoutSeconds, onError }: MirrorPoolOptions): MirrorPool {
  const poolOf = (planCacheMode: string) => new pg.Pool({
    max: Math.ceil(size / 2), Client: TidyClient, connectionTimeoutMillis: 5_000, keepAlive: true,
    query_timeout: timeoutSeconds * 1000 + GIVE_UP_MS, // where the connection is dead, and Postgres' own limit does not come through
    // No parallel workers: many clients share the machine, and pages rely on the order of their stretches.
    ...ownSettings(url, 'serve', `-c datestyle=ISO -c timezone=UTC -c statement_timeout=${timeoutSeconds * 1000} -c jit=off -c default_transaction_read_only=on -c max_parallel_workers_per_gather=0 -c plan_cache_mode=${planCacheMode}`),
  });
  // Named statements are planned once, others each time with their values. Postgres has one setting for both: so they have connections of their own.
  const pools = { named: poolOf('force_generic_plan'), free: poolOf('force_custom_plan') };
  // Cancels must not wait for the connections that they are to set free.
  const canceller = new pg.Pool({ ...ownSettings(url, 'cancel', `-c statement_timeout=${GIVE_UP_MS}`), max: 1, Client: TidyClient, connectionTimeoutMillis: GIVE_UP_MS, query_timeout: GIVE_UP_MS, idleTimeoutMillis: 1_000 });
  for (const one of [pools.named, pools.free, canceller]) {
    one.on('error', onError); // an idle connection that broke: the pool makes another
    one.on('connect', (client) => { client.on('error', () => undefined); }); // one in use that broke: without a listener the process would end; the statement fails by itself
  }

  async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
    return pool.connect().catch((cause: unknown) => { throw new DipperError('UNAVAILABLE', 'The mirror cannot be reached now. Try again in a moment.', { cause }); });
  }

  return {
    async row({ text, values, name }, signal) {
      signal.throwIfAborted();
      const client = await connect(name ? pools.named : pools.free);
      const { processID } = client as unknown as { processID: number };
      let settled = false;
      let cancelled: Promise<unknown> = Promise.resolve();
      let again: NodeJS.Timeout | undefined;
      let cancel!: () => void;
      const send = () => { cancelled = cancelled.then(() => (settled ? undefined : canceller.query('select pg_cancel_backend($1)', [processID]))).catch(onError); };
      let broken: Error | undefined;
      let giveUp: NodeJS.Timeout | undefined;
      const silence = new Promise<never>((_, reject) => {
        // Postgres forgets a cancel that comes before the statement does: it is sent until the statement has ended.
        cancel = () => {
          send();
          again = setInterval(send, CANCEL_AGAIN_MS);
          giveUp = setTimeout(() => { reject(broken = new Error('The statement did not end.')); }, GIVE_UP_MS);
        };
      });
      signal.addEventListener('abort', cancel, { once: true });
      try {
        signal.throwIfAborted(); // while it waited for a connection
        const answer = client.query<(string | null)[]>({ name, text, values: [...values], rowMode: 'array' } as pg.QueryArrayConfig);
        return (await Promise.race([answer, silence])).rows[0]!;
      } catch (error) {
        const mapped = asCatalogueError(error, signal);
        if (mapped.code === 'UNAVAILABLE') broken = mapped;
        throw mapped;
      } finally {
        settled = true;
        signal.removeEventListener('abort', cancel);
        clearInterval(again);
        clearTimeout(giveUp);
        if (!broken) await cancelled; // else it could hit the next statement on this connection
        client.release(broken);
      }
    },
    async rows<T extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) {
      const client = await connect(pools.free);
      let broken: Error | undefined;
      try {
        return (await client.query<T>(text, [...values])).rows;
      } catch (error) {
        const mapped = asCatalogueError(error);
        if (mapped.code === 'UNAVAILABLE') broken = mapped;
        throw mapped;
      } finally {
        client.release(broken);
      }
    },
    async end() { await Promise.all([pools.named.end(), pools.free.end(), canceller.end()]); },
  };
}

/** SQLSTATE classes: 08 and 57P connection and shutdown, 53 out of resources, 40 a deadlock with who swaps the tables, 57014 cancelled, 22 bad data in the request, 54 beyond a limit of Postgres; DP001 is the mirror's own. */
function asCatalogueError(error: unknown, signal?: AbortSignal): DipperError {
  if (signal?.reason instanceof DipperError) return signal.reason;
  if (signal?.aborted) return new DipperError('TIMEOUT', 'The query took too long.', { cause: error }); // its connection is as good as before
  if (error instanceof DipperError) return error;
  const code = (error as { code?: unknown }).code;
  const sqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  if (sqlState === '57014') {
    return new DipperError('TIMEOUT', 'The query took too long. Narrow the filter, or ask for fewer files at once.', { cause: error });
  }
  if (sqlState === 'DP001') return new DipperError('BAD_CURSOR', foreignCursor, { cause: error });
  if (sqlState?.startsWith('54')) return new DipperError('COST_LIMIT', 'The operation is too large for one statement. Ask for less at once.', { cause: error });
  if (sqlState?.startsWith('22')) return new DipperError('BAD_USER_INPUT', 'A value in the request is not one that its field can have.', { cause: error });
  if (sqlState === undefined || /^(08|53|57P|40)/.test(sqlState)) {
    return new DipperError('UNAVAILABLE', 'The mirror cannot be reached now. Try again in a moment.', { cause: error });
  }
  if (/^(42P01|3F000|42703)$/.test(sqlState)) return new DipperError('UNAVAILABLE', 'The mirror is not set up yet: run `dipper migrate`.', { cause: error });
  return new DipperError('INTERNAL', 'The mirror could not answer.', { cause: error });
}
